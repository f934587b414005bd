"""What stands first in the report where a class is rare: its curve, the scores of each class, and moved thresholds."""

import shlex

import pandas as pd

from textlab.evaluation import figures
from textlab.evaluation.choice.wording import metric_text, p_value
from textlab.evaluation.classification.comparison import compare_classifiers
from textlab.evaluation.classification.decision_scores import score_names
from textlab.evaluation.classification.metrics import metric_name, score_of
from textlab.evaluation.classification.threshold_moving import MovedThresholds, move_thresholds
from textlab.report.classification.findings import SUBSTITUTE, ClassificationFindings
from textlab.report.classification.sections.classes import scores_by_class
from textlab.report.html import Field, Fragment, picture, points, sentences, stacked, table
from textlab.report.sections.run_links import run_name

RESAMPLES = 2_000
METHOD = (
    "Moved thresholds decide for the class with the largest product of its probability and the cost of missing it, "
    "which is a power of how rare the class is. Validation chose the power of each model. p comes from a paired "
    "bootstrap test on test; it is not corrected for the number of models."
)


def rare_classes(findings: ClassificationFindings) -> Fragment:
    """Show how well rare classes are found; nothing if no class is rare."""
    if not findings.rare_classes:
        return Fragment("")
    rarest = findings.rare_classes[0]
    return stacked(
        sentences(_summary(findings)),
        picture(figures.rare_class_figure(findings.drawn, rarest)),
        scores_by_class(findings),
        _moved(findings, rarest),
        sentences(METHOD, kind="note"),
    )


def _summary(findings: ClassificationFindings) -> str:
    shares, test = findings.data.training_shares, findings.champion_entry.test["label"]
    described = [
        f"{name} ({100 * shares.get(name, 0.0):.2g}% of the training {findings.comparison.noun}, "
        f"{int((test == name).sum()):,} in test)"
        for name in findings.rare_classes[:3]
    ]
    more = len(findings.rare_classes) - len(described)
    named = ", ".join(described) + (f" and {more:,} more" if more else "")
    are = "Rare classes" if len(findings.rare_classes) > 1 else "A rare class"
    return (
        f"{are}: {named}. Accuracy says little about such classes, so their scores come first. Wide intervals mean "
        "that the test split has few of them."
    )


def _moved(findings: ClassificationFindings, rarest: str) -> Fragment:
    """Compare each model with itself after its thresholds were moved, on test."""
    metric = findings.metric if findings.metric in score_names(findings.label_names) else SUBSTITUTE
    recall, rows, served = f"recall_{metric_name(rarest)}", [], ""
    for name, test in findings.drawn.items():
        rule = move_thresholds(findings.entries[name].validation, findings.data.training_shares, metric)
        if name == findings.champion.name and rule.power:
            served = f"To serve {name} with moved thresholds, promote it with {_options(rule)}."
        rows.append(
            [run_name(findings, name), Field(f"{rule.costs[rarest]:.3g}"), *_difference(rule, test, metric, recall)]
        )
    noun = f"recall of {rarest}"
    headings: list[str | Field] = [
        "model",
        f"cost of missing {rarest}",
        Field(f"{metric_text(metric)} on test", note="most probable class"),
        Field(f"{metric_text(metric)} on test", note="moved thresholds"),
        Field("difference, points", note="95% interval"),
        "p",
        Field(noun, note="most probable class"),
        Field(noun, note="moved thresholds"),
    ]
    return stacked(table(headings, rows), *([sentences(served)] if served else []))


def _options(rule: MovedThresholds) -> str:
    """Return the options of `textlab promote` that state the rule."""
    stated = [f"{name}={cost:.3g}" for name, cost in rule.costs.items() if cost != 1]
    return " ".join(f"--costs {shlex.quote(each)}" for each in stated)


def _difference(rule: MovedThresholds, test: pd.DataFrame, metric: str, recall: str) -> list[Field]:
    """Return the fields of one model: both scores, their difference with its interval and p, and both recalls."""
    frames = {"most probable": test, "moved": rule.applied(test)}
    compared = compare_classifiers(frames, metric, "most probable", resamples=RESAMPLES)
    scores = [float(compared.intervals[metric].to_dict()[name]) for name in frames]
    pair = compared.pair("most probable", "moved")
    sign = 1 if pair["better"] == "moved" else -1
    low, high = sorted((sign * pair["low"], sign * pair["high"]))
    interval = "" if low != low else f"{points(low)} to {points(high)}".replace("-", "−")
    difference = f"{sign * 100 * pair['difference']:+.1f}".replace("-", "−")
    recalls = [points(score_of(frame, recall)) for frame in frames.values()]
    return [
        *(Field(points(score)) for score in scores),
        Field(difference if rule.power else "–", note=interval if rule.power else "unchanged"),
        Field(p_value(pair["p"]) if rule.power else "–"),
        *map(Field, recalls),
    ]
