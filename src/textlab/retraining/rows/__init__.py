"""New rows for training: reading them, checking them, and making a snapshot of what passes."""

from textlab.retraining.rows.building import build_snapshot
from textlab.retraining.rows.examination import examine
from textlab.retraining.rows.reading import NewRows, known_values, read_feedback, read_labelled
from textlab.retraining.rows.rules import Rules

__all__ = ["NewRows", "Rules", "build_snapshot", "examine", "known_values", "read_feedback", "read_labelled"]
