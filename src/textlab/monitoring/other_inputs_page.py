"""The sections of a look's page about inputs without words, such as pictures, and about missing inputs."""

from typing import TYPE_CHECKING

import numpy as np

from textlab.evaluation.choice.wording import p_value
from textlab.evaluation.figures.style import COLOURS, new_figure, percent
from textlab.evaluation.shift.findings import auc_text
from textlab.inputs import kind_of
from textlab.monitoring.measured_tests import SURE_P, trait_text
from textlab.monitoring.other_inputs import OtherInputs, ValueShift
from textlab.report.html import Field, Fragment, picture, sentences, stacked, table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DRAWN = 3  # traits
BINS = 24


def other_sections(others: OtherInputs) -> dict[str, Fragment]:
    """Return a section for each input without words, and one about missing inputs, by title."""
    sections = {f"Have the {kind_of(name).name}s moved?": _values(name, shift) for name, shift in others.values.items()}
    rest = [sentences(each) for each in others.caveats]
    if others.missing:
        rows = [
            [Field(each.name), *map(Field, (percent(each.reference), percent(each.current), p_value(each.p)))]
            for each in others.missing.values()
        ]
        rest.append(table(["share of examples with", "training", "traffic", "p"], rows))
    return sections | ({"Are inputs missing?": stacked(*rest)} if rest else {})


def _values(name: str, shift: ValueShift) -> Fragment:
    word = kind_of(name).name
    told = f"{shift.compared:,} different {word}s were compared; {percent(shift.repeated)} repeat another one."
    if (found := shift.separability) is not None and found.auc == found.auc:
        told += (
            f" A classifier tells them from training {word}s with an AUC of {auc_text(found.auc)} "
            f"({auc_text(found.low)} to {auc_text(found.high)}; chance is 0.50)."
        )
    rows = [
        [Field(each.unit), *map(Field, (trait_text(each.reference), trait_text(each.current), p_value(each.p)))]
        for each in sorted(shift.traits, key=lambda each: each.p)
    ]
    rows += [
        [Field(f"share of {each.name}"), *map(Field, (percent(each.reference), percent(each.current), p_value(each.p)))]
        for each in shift.forms
    ]
    headings = ["median of the trait, or share", "training", "traffic", "p"]
    return stacked(sentences(told), picture(traits_figure(name, shift)), table(headings, rows))


def traits_figure(name: str, shift: ValueShift) -> "Figure":
    """Draw the distributions of the traits that differ most, in training and in the traffic."""
    word = kind_of(name).name
    moved = sorted(shift.traits, key=lambda each: (each.p, -each.distance))[:DRAWN]
    first = moved[0]
    title = f"No trait of the {word}s has clearly moved"
    if first.p * len(shift.traits) < SURE_P:
        title = (
            f"The {first.unit} of {word}s differs most: a median of {trait_text(first.reference)} in training, "
            f"{trait_text(first.current)} now"
        )
    figure, axes = new_figure(title, columns=len(moved), panel=(3.2, 2.4))
    for axis, each in zip(axes, moved, strict=True):
        samples = shift.reference_traits[each.unit], shift.current_traits[each.unit]
        low, high = np.quantile(np.concatenate(samples), [0.005, 0.995])
        edges = np.linspace(low, high if high > low else low + 1, BINS + 1)
        for sample, label, colour in zip(samples, ("training", "traffic"), ("#6f767e", COLOURS[1]), strict=True):
            counts = np.histogram(np.clip(sample, edges[0], edges[-1]), edges)[0]
            axis.stairs(counts / len(sample), edges, label=label, color=colour, linewidth=1.6)
        axis.set_xlabel(each.unit)
    axes[0].set_ylabel(f"share of {word}s")
    axes[-1].legend(frameon=False, fontsize=9)
    return figure
