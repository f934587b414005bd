"""The likeliest wrong labels of a dataset before any model is chosen, by out-of-fold logistic regression."""

from textlab.data.dataset import Dataset
from textlab.data.task_dataset import TaskDataset
from textlab.evaluation.label_issues import LabelIssues, find_label_issues
from textlab.models.cross_validation import OUT_OF_FOLD, cross_validate
from textlab.models.logistic_regression import LogisticRegression

MOST_CLASSES = 30  # the time of a fit is proportional to the classes


def check_training_labels(dataset: TaskDataset, folds: int, seed: int = 0) -> LabelIssues | None:
    """Find the likeliest wrong labels of the training split, see `label_issues.find_label_issues`.

    Returns:
        The issues; None without folds, for a dataset without texts or with several labels per text, and for more than
        `MOST_CLASSES` classes.
    """
    if not folds or not isinstance(dataset, Dataset):
        return None
    if "text" not in dataset.inputs or len(dataset.label_names) > MOST_CLASSES:
        return None
    return find_label_issues(cross_validate(LogisticRegression(), dataset, folds, seed)[OUT_OF_FOLD])
