"""How the score grows with the number of training examples, and what more labels would be worth."""

from collections.abc import Mapping

from textlab.evaluation import figures
from textlab.evaluation.choice.wording import metric_text
from textlab.evaluation.choice.wording import points as in_points
from textlab.evaluation.statistics.learning_curve import LearningCurve
from textlab.report.findings import Findings
from textlab.report.html import Field, Fragment, picture, points, sentences, stacked, table

METHOD = (
    "The runs on a share of the training split measure this curve and cannot become the champion. The line is a power "
    "law, score = a − b · n^−c. Its {confidence} interval covers the choice of the test {noun}, and the variation "
    "between seeds and draws of the share. It does not cover a change of the data: further labels must be of the same "
    "kind. A power law never falls, so no gain is below 0."
)
ONE_SEED = (
    "{model} has one run of each of {sizes} sizes, so its interval covers the test {noun} alone, and not the variation "
    "between seeds. Add seeds or shares."
)


def label_curve(findings: Findings) -> Fragment:
    """Say what more labels are worth to each model, and show the curves; nothing if the grid has no learning curve."""
    curves, left_out = findings.label_curves.curves, sentences(*findings.label_curves.left_out, kind="note")
    if not curves:
        return left_out if findings.label_curves.left_out else Fragment("")
    said = [sentence for name, curve in curves.items() for sentence in _sentences(findings, name, curve)]
    confidence = f"{100 * next(iter(curves.values())).confidence:.0f}%"
    return stacked(
        sentences(*said),
        picture(figures.label_curve_figure(curves, findings.metric)),
        _gains(curves, confidence),
        _measured(curves, metric_text(findings.metric), confidence),
        sentences(METHOD.format(confidence=confidence, noun=findings.comparison.noun), kind="note"),
        left_out,
    )


def _sentences(findings: Findings, name: str, curve: LearningCurve) -> list[str]:
    """Say what more labels are worth to a model, or why that is unknown."""
    if curve.refusal:
        return [f"{name}: {curve.refusal}"]
    more = curve.round_number()
    gain, low, high = curve.gain(more)
    worth = (
        f"For {name}, {more:,} more labels beyond its {curve.sizes[-1]:,} are worth {in_points(gain)} of "
        f"{metric_text(findings.metric)} ({points(low)} to {points(high)})."
    )
    if curve.is_flat:
        first, last = curve.sizes[0], curve.sizes[-1]
        worth = (
            f"The curve of {name} is flat: from {first:,} to {last:,} labels, the score does not rise by more than "
            f"chance. {worth}"
        )
    if curve.knows_seeds:
        return [worth]
    return [worth, ONE_SEED.format(model=name, sizes=len(curve.sizes), noun=findings.comparison.noun)]


def _gains(curves: Mapping[str, LearningCurve], confidence: str) -> Fragment:
    """Show what a round number of labels and twice as many are worth."""
    rows = []
    for name, curve in curves.items():
        for more in () if curve.refusal else (curve.round_number(), int(curve.sizes[-1])):
            gain, low, high = curve.gain(more)
            score, lowest, highest = curve.score(int(curve.sizes[-1]) + more)
            rows.append(
                [
                    Field(name),
                    Field(f"+{more:,}"),
                    Field(f"+{points(gain)}", note=f"{points(low)} to {points(high)}"),
                    Field(points(score), note=f"{points(lowest)} to {points(highest)}"),
                ]
            )
    interval = f"{confidence} interval"
    headings: list[str | Field] = ["model", "labels"]
    headings += [Field("gain, points", note=interval), Field("score then", note=interval)]
    return table(headings, rows) if rows else Fragment("")


def _measured(curves: Mapping[str, LearningCurve], metric: str, confidence: str) -> Fragment:
    """Show the scores that were measured."""
    rows = [
        [
            Field(name),
            Field(f"{curve.sizes[place]:,}"),
            Field(str(curve.runs[place])),
            Field(points(curve.scores[place]), note=f"{points(curve.lows[place])} to {points(curve.highs[place])}"),
        ]
        for name, curve in curves.items()
        for place in range(len(curve.sizes))
    ]
    headings: list[str | Field] = ["model", "labels", "runs", Field(f"{metric} on test", note=f"{confidence} interval")]
    return table(headings, rows, folded="Measured scores")
