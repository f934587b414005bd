"""Labels that occur together."""

import numpy as np
import pandas as pd

from textlab.evaluation import figures
from textlab.evaluation.multilabel.predictions import predicted_of, truth_of
from textlab.report.html import Fragment, picture
from textlab.report.multilabel.findings import MultilabelFindings


def together(findings: MultilabelFindings) -> Fragment:
    """Draw how often two labels occur together on test, in the labels of people and in the champion's predictions."""
    test, names = findings.champion_entry.test, findings.label_names
    counts = [_counts(has, names) for has in (truth_of(test), predicted_of(test))]
    titles = ("Labelled", f"Predicted by {findings.champion.name}")
    return picture(figures.co_occurrence_figure(*counts, titles=titles))


def _counts(has: np.ndarray, names: list[str]) -> pd.DataFrame:
    counted = has.astype(np.int64)
    return pd.DataFrame(counted.T @ counted, index=names, columns=names)
