"""Titles and tasks to be classified by occupation or major group."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from textlab.data import split
from textlab.data.dataset import Dataset
from textlab.data.preparation_log import PreparationLog
from textlab.data.reading.files import checksum
from textlab.data.sources.onet import files

VARIANTS = ("titles_major_group", "titles_occupation", "tasks_major_group")
FRACTIONS = (0.8, 0.1, 0.1)

# The civilian major groups of the Standard Occupational Classification 2018, which are the first two digits of a code.
MAJOR_GROUPS = {
    "11": "Management",
    "13": "Business and Financial Operations",
    "15": "Computer and Mathematical",
    "17": "Architecture and Engineering",
    "19": "Life, Physical, and Social Science",
    "21": "Community and Social Service",
    "23": "Legal",
    "25": "Educational Instruction and Library",
    "27": "Arts, Design, Entertainment, Sports, and Media",
    "29": "Healthcare Practitioners and Technical",
    "31": "Healthcare Support",
    "33": "Protective Service",
    "35": "Food Preparation and Serving Related",
    "37": "Building and Grounds Cleaning and Maintenance",
    "39": "Personal Care and Service",
    "41": "Sales and Related",
    "43": "Office and Administrative Support",
    "45": "Farming, Fishing, and Forestry",
    "47": "Construction and Extraction",
    "49": "Installation, Maintenance, and Repair",
    "51": "Production",
    "53": "Transportation and Material Moving",
}


def load_classes(variant: str, paths: Sequence[Path], seed: int) -> Dataset:
    """Load titles or tasks, split 80/10/10 by class and distinct text.

    The titles are the official title of each occupation and its alternate titles. A text that belongs to several
    classes is dropped, and so are copies. A class of fewer than three texts is in the training split only. Major groups
    leave out the military occupations, for which O*NET has no tasks.

    Args:
        variant: the texts and the classes, one of `VARIANTS`.
        paths: the verified files of the variant.
        seed: seed of the split.
    """
    rows = pd.concat([_rows(path) for path in paths])
    if variant == "titles_occupation":
        occupations = _rows(paths[0]).sort_values("code")
        codes, names = occupations["code"].to_list(), tuple(occupations["text"])
        classes = rows["code"]
    else:
        codes, names = list(MAJOR_GROUPS), tuple(MAJOR_GROUPS.values())
        classes = rows["code"].str[:2]
    rows, classes = rows[classes.isin(codes)], classes[classes.isin(codes)]
    frame = pd.DataFrame({"id": rows["id"], "text": rows["text"], "label": classes.map(codes.index)})
    name = f"onet/{variant}"
    log = PreparationLog(name, len(frame), names)
    frame = split.drop_duplicates(split.in_hash_order(split.drop_empty(frame, log)), log)
    parts = split.stratified_split(frame, FRACTIONS, seed, names, rare="train")
    return Dataset(name, checksum(paths[-1])[:12], names, *parts, preparation=log.preparation(parts))


def _rows(path: Path) -> pd.DataFrame:
    """Return the rows of a file with the columns `id`, `text` and `code`, each indexed by its file and line."""
    table = files.read(path)
    column = {
        files.OCCUPATIONS.path: "Title",
        files.TITLES.path: "Alternate Title",
        files.TASKS.path: "Task",
    }[f"onet/{path.name}"]
    ids = [line.replace(".csv:", "-") for line in table.index]
    columns = {"id": ids, "text": table[column].to_list(), "code": table["O*NET-SOC Code"].to_list()}
    return pd.DataFrame(columns, index=table.index)
