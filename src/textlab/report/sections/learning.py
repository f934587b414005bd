"""Learning curves."""

import pandas as pd

from textlab.evaluation import figures
from textlab.record.artifacts import artifact
from textlab.report.findings import Findings
from textlab.report.html import Fragment, picture, sentences, stacked


def learning(findings: Findings) -> Fragment:
    """Draw the learning curve of each model in figures."""
    curves = []
    for name in findings.drawn:
        try:
            history = pd.read_csv(artifact(findings.entries[name].run.id, "history.csv"))
        except (FileNotFoundError, pd.errors.EmptyDataError):
            continue
        if figures.drawable(history):
            curve = picture(figures.learning_curve_figure(history))
            curves.append(stacked(sentences(name, kind="over"), curve))
    return stacked(*curves) if curves else sentences("No run has logged more than one step of training.")
