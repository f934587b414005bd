"""O*NET (US Department of Labor): titles and tasks of occupations, to be classified, or to find occupations by."""

from pathlib import Path

from textlab.data.dataset import Dataset
from textlab.data.reading.files import obtain
from textlab.data.retrieval_dataset import RetrievalDataset
from textlab.data.sources.onet import classes, files, search

DESCRIPTION = (
    "O*NET 27: titles or tasks of occupations, classified by major group (22) or occupation (1,016); "
    "search: occupations found by alternate titles."
)
VARIANTS = (*classes.VARIANTS, search.VARIANT)


def load(variant: str, *, seed: int = 13, limit: int = 0) -> Dataset | RetrievalDataset:
    """Load a variant, see `classes.load_classes` and `search.load_search`.

    Args:
        variant: one of `VARIANTS`.
        seed: seed of the split.
        limit: only for `search`: the most queries in validation and in test; 0 keeps all.

    Raises:
        ValueError: `limit` is negative, or given for another variant than `search`.
    """
    paths = fetch(variant)
    if variant == search.VARIANT:
        return search.load_search(paths, seed, limit)
    if limit:
        raise ValueError(f"Option limit={limit} is for onet/{search.VARIANT}. Leave it out for onet/{variant}.")
    return classes.load_classes(variant, paths, seed)


def task(variant: str) -> str:
    """Return the task of a variant."""
    return RetrievalDataset.task if variant == search.VARIANT else Dataset.task


def fetch(variant: str) -> list[Path]:
    """Return the verified files of a variant; they cannot be downloaded."""
    needed = {
        search.VARIANT: [files.OCCUPATIONS, files.TITLES, files.TASKS, files.SOFTWARE, files.RELATED],
        "tasks_major_group": [files.TASKS],
    }
    return [obtain(file) for file in needed.get(variant, [files.OCCUPATIONS, files.TITLES])]
