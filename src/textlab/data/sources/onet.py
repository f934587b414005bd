"""O*NET (US Department of Labor): titles and tasks of occupations, to be classified by occupation or major group."""

from pathlib import Path

import pandas as pd

from textlab.data import split
from textlab.data.dataset import Dataset
from textlab.data.preparation_log import PreparationLog
from textlab.data.reading import files

DESCRIPTION = "O*NET 27: titles or tasks of occupations, classified by major group (22) or occupation (1,016)."
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


def _cut(name: str, upstream: str, columns: str, checksum: str) -> files.RemoteFile:
    """Describe a file of O*NET 27 that was cut to a few columns and written as CSV."""
    return files.RemoteFile(
        path=f"onet/{name}",
        url="",
        checksums=(checksum,),
        by_hand=f'To make it: take "{upstream}" from the text files of the O*NET 27 database '
        f"(https://www.onetcenter.org/db_releases.html), keep the columns {columns}, and write them with pandas: "
        f'to_csv("{name}", index=False). Its sha256 must be {checksum}.',
    )


OCCUPATIONS = _cut(
    "occupation_data.csv",
    "Occupation Data.txt",
    "O*NET-SOC Code, Title and Description",
    "e43dba44e7a674629c25f55ec6d0ae50369321905e45d306d0aa80498abd139f",
)
TITLES = _cut(
    "alternate_titles.csv",
    "Alternate Titles.txt",
    "O*NET-SOC Code and Alternate Title",
    "33aee23a0c9433c50a1bbc59607ff00931c28f8c41aa99db1149204243f89967",
)
TASKS = _cut(
    "task_statements.csv",
    "Task Statements.txt",
    "O*NET-SOC Code, Task ID, Task and Task Type",
    "7d3264d67d8a5a6c5533a611425a94e6ded13187a0c426a63394a60efa092338",
)


def load(variant: str, *, seed: int = 13) -> Dataset:
    """Load titles or tasks, split 80/10/10 by class and distinct text.

    The titles are the official title of each occupation and its alternate titles. A text that belongs to several
    classes is dropped, and so are copies. A class of fewer than three texts is in the training split only. Major groups
    leave out the military occupations, for which O*NET has no tasks.

    Args:
        variant: the texts and the classes, one of `VARIANTS`.
        seed: seed of the split.
    """
    paths = fetch(variant)
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
    return Dataset(name, files.checksum(paths[-1])[:12], names, *parts, preparation=log.preparation(parts))


def fetch(variant: str) -> list[Path]:
    """Return the verified files of a variant; they cannot be downloaded."""
    return [files.obtain(file) for file in ((TASKS,) if variant == "tasks_major_group" else (OCCUPATIONS, TITLES))]


def _rows(path: Path) -> pd.DataFrame:
    """Return the rows of a file with the columns `id`, `text` and `code`, each indexed by its number below the header.

    No cell spans lines, so a row's number is its line.
    """
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    column = {OCCUPATIONS.path: "Title", TITLES.path: "Alternate Title", TASKS.path: "Task"}[f"onet/{path.name}"]
    lines = range(2, len(table) + 2)
    ids = [f"{path.stem}-{line}" for line in lines]
    code = table["O*NET-SOC Code"].to_list()
    return pd.DataFrame(
        {"id": ids, "text": table[column].to_list(), "code": code},
        index=[f"{path.name}:{line}" for line in lines],
    )
