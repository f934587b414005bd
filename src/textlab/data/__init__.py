"""Datasets by name: `textlab.data.load("tweet_eval/sentiment")`.

A dataset is a module in `sources/`:

    DESCRIPTION = "Tweets about trains, labelled by hand."       one sentence
    VARIANTS = ("small", "large")                                 only if there are several
    def load(variant: str, *, seed: int = 13) -> Dataset: ...     options are keywords with a type and a default
    def fetch(variant: str) -> list[Path]: ...                    only if it downloads files
    def task(variant: str) -> str: ...                            only if its datasets are of several tasks

The return type of `load` states the task: `Dataset` is classification, `MultilabelDataset` several labels per text, and
`RetrievalDataset` retrieval. `task` may also take options of `load`. Without VARIANTS, `load` and `fetch` take no
variant. textlab discovers the module automatically; one whose name starts with an underscore is skipped.
`python -m textlab.data --help` shows how to list, download and describe datasets.
"""

from pathlib import Path
from typing import Any, TypeVar, overload

from textlab.data.dataset import Dataset
from textlab.data.discovery import available_sources, names
from textlab.data.labelled_dataset import LabelledDataset
from textlab.data.multilabel_dataset import MultilabelDataset
from textlab.data.retrieval_dataset import RetrievalDataset
from textlab.data.spec import resolve
from textlab.data.task_dataset import TaskDataset

D = TypeVar("D", bound=TaskDataset)

__all__ = [
    "Dataset",
    "LabelledDataset",
    "MultilabelDataset",
    "RetrievalDataset",
    "TaskDataset",
    "available_sources",
    "fetch",
    "load",
    "load_any",
    "names",
    "task_of",
    "training_texts",
]


@overload
def load(spec: str, **options: Any) -> Dataset: ...


@overload
def load(spec: str, of: type[D], **options: Any) -> D: ...


def load(spec: str, of: type[TaskDataset] = Dataset, **options: Any) -> TaskDataset:
    """Load a dataset. Missing files are downloaded, or read from the folder that `TEXTLAB_MIRROR` names.

    Args:
        spec: the name, such as "airline" or "tweet_eval/sentiment". Options may follow as a query:
            "airline?seed=7", "file:tweets.csv?text=tweet&label=polarity". Every dataset takes the options of
            `shared_options.changed`.
        of: the class of the task's datasets; `MultilabelDataset` for several labels per text, `LabelledDataset` for one
            label or several, `RetrievalDataset` for retrieval.
        options: the same options as keywords.

    Returns:
        The dataset. Its name is `spec` with all options, so `load(dataset.name)` returns the same dataset.

    Raises:
        ValueError: the name, the variant or an option is unknown, a file has the wrong content, or the dataset belongs
            to another task.
        FileNotFoundError: a file is missing.
        ConnectionError: a download failed.
    """
    dataset = load_any(spec, **options)
    if not isinstance(dataset, of):
        needed = " or ".join(sorted(_tasks(of)))
        raise ValueError(
            f"Dataset '{dataset.name}' is for the task {dataset.task}, and one for {needed} is needed. Choose another "
            "dataset, or a notebook of that task."
        )
    return dataset


def _tasks(kind: type[TaskDataset]) -> set[str]:
    """Return the tasks of a class of datasets; of an abstract one, those of its subclasses."""
    return {kind.task} if hasattr(kind, "task") else set().union(*map(_tasks, kind.__subclasses__()))


def task_of(spec: str, **options: Any) -> str:
    """Return the task of a dataset, which its name and options state; no data is read.

    Returns:
        The task, such as "retrieval"; "" if the source does not say.

    Raises:
        ValueError: as in `load`.
    """
    request = resolve(spec, options)
    return request.source.task_of(request.variant, request.options)


def load_any(spec: str, **options: Any) -> TaskDataset:
    """Load a dataset of any task; arguments and errors as in `load`."""
    return resolve(spec, options).load()


def fetch(spec: str) -> list[Path]:
    """Download the files of a dataset and verify them. A name without its variant means all variants.

    Returns:
        The verified files; [] for a dataset that downloads none.
    """
    request = resolve(spec, {}, all_variants=True)
    return request.source.fetch(request.variant)


def training_texts(spec: str) -> list[str]:
    """Return the training texts of a dataset without their labels; [] if `spec` is empty."""
    return list(load(spec).train["text"]) if spec else []
