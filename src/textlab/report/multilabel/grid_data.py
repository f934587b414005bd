"""The data behind a grid of models of several labels: the dataset, its copies, and the labels' training shares."""

from collections.abc import Sequence
from functools import cached_property

from textlab.concerns import Concern
from textlab.data.multilabel_dataset import MultilabelDataset
from textlab.evaluation.leaks.near_duplicates import NearDuplicates, find_near_duplicates
from textlab.evaluation.multilabel.predictions import label_names_of, truth_of
from textlab.report.grid_data import GridData


class MultilabelData(GridData[MultilabelDataset]):
    """The dataset of a grid of models of several labels, see `GridData`."""

    kind = MultilabelDataset
    checks = "copies across splits"

    @cached_property
    def near_duplicates(self) -> NearDuplicates | None:
        """Copies of training texts in validation and test; None without a dataset or without texts."""
        if self.dataset is None or "text" not in self.dataset.inputs:
            return None
        return find_near_duplicates(self.dataset)

    def _audited(self, dataset: MultilabelDataset) -> Sequence[Concern]:
        return () if self.near_duplicates is None else self.near_duplicates.concerns

    @cached_property
    def training_shares(self) -> dict[str, float]:
        """Each label's share of the training texts; of validation if there is no dataset."""
        if self.dataset is not None:
            counts, size = self.dataset.label_counts(self.dataset.train), len(self.dataset.train)
            return {name: count / size for name, count in zip(self.dataset.label_names, counts, strict=True)}
        shares = truth_of(self._validation).mean(axis=0)
        return dict(zip(label_names_of(self._validation), map(float, shares), strict=True))
