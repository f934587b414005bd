"""Scores of single examples, as `textlab predict` prints them."""

import json
from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

import typer

from textlab.bundle_format.decisions import ABSTAIN
from textlab.bundle_format.multilabel_task import JOINT, LABELS
from textlab.bundle_format.signature import TRUNCATED

if TYPE_CHECKING:
    import pandas as pd

    from textlab.export.bundle import Bundle


def print_scores(bundle: "Bundle", titles: list[str], examples: "pd.DataFrame") -> None:
    """Print a line per example: its class or decision, the highest probability, and its title.

    For several labels, the line shows each label with its probability, the most probable one first; "-" without one.
    Further lines name the plausible classes, if the bundle has sets, and say so if a text was not read to its end.
    """
    from textlab.promotion.scoring import score_examples

    width = max(map(len, [*bundle.label_names, *([ABSTAIN] if bundle.decisions else [])]))
    scored = score_examples(bundle, examples)
    truncated = scored.pop(TRUNCATED) == "true" if TRUNCATED in scored else [False] * len(scored)
    for text, row, is_cut in zip(titles, scored.to_dict("records"), truncated, strict=True):
        printable = text.encode("utf-8", errors="replace").decode()
        typer.echo(f"{_answer(row, width)}  {printable}")
        if held := row.get("prediction_set"):
            typer.echo(f"{'':{width}}         Plausible classes: {', '.join(json.loads(held)) or 'none'}.")
        if is_cut:
            typer.echo(f"{'':{width}}         The text is longer than the model reads; its end was left out.")


def _answer(row: Mapping[Hashable, Any], width: int) -> str:
    """Return the class or decision in `width` characters, or the labels, of a row of scores, with the probabilities."""
    chances = {str(name)[2:]: value for name, value in row.items() if str(name).startswith("p_")}
    if LABELS not in row:
        return f"{row.get('decision', row['predicted']):{width}}  {max(chances.values()):.3f}"
    found = {name: chances[name] for name in row[LABELS].split(JOINT) if name}
    ordered = sorted(found.items(), key=lambda each: -each[1])
    return ", ".join(f"{name} {value:.3f}" for name, value in ordered) or "-"
