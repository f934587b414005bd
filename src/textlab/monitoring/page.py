"""The page of a look, in the look of the report."""

from pathlib import Path
from typing import TYPE_CHECKING

from textlab.evaluation.choice.wording import p_value
from textlab.evaluation.figures.style import percent
from textlab.evaluation.shift.findings import auc_text, movement_name, share, strongest
from textlab.monitoring.budget import false_alarms_a_year
from textlab.monitoring.figures import class_shares_figure, timeline_figure
from textlab.monitoring.look import Look, Verdict
from textlab.monitoring.other_inputs_page import other_sections
from textlab.monitoring.performance import Estimate
from textlab.monitoring.score import Score
from textlab.monitoring.timeline import DAY, Timeline, moment
from textlab.report.document import write_document_page
from textlab.report.html import Field, Fragment, picture, points, render, sentences, stacked, table
from textlab.wording import counted

if TYPE_CHECKING:
    from textlab.monitoring.inputs import InputShift, TextShift
    from textlab.monitoring.outputs import OutputShift

PAGE = "index.html"
TITLES = {
    Verdict.QUIET: "Quiet: no sign that the world has moved",
    Verdict.DRIFT: "Drift: the world has moved",
    Verdict.TOO_FEW: "Too few predictions to judge",
}
SHOWN_MOVEMENTS = 12
SHOWN_LANGUAGES = 5


def write_page(look: Look, folder: Path) -> Path:
    """Write index.html into `folder`, and return its path. The page shows words, but no text of a user."""
    window = f"{moment(look.since)} to {moment(look.until)} UTC"
    page = folder / PAGE
    write_document_page(
        page,
        f"{look.name}, version {look.version} · {window}",
        TITLES[look.verdict],
        look.summary,
        _sections(look),
        look.is_drift,
    )
    return page


def _sections(look: Look) -> dict[str, Fragment]:
    sections = {}
    if look.timeline is not None:
        sections["Since when?"] = _over_time(look, look.timeline)
    if look.inputs is not None:
        if look.inputs.lengths or look.inputs.missing:  # the model reads texts
            sections["Has the input moved?"] = _inputs(look.inputs)
        if look.inputs.others is not None:
            sections |= other_sections(look.inputs.others)
    if look.outputs is not None:
        sections["Have the outputs moved?"] = _outputs(look.outputs)
    if look.estimate is not None:
        sections["How good is the model now?"] = _performance(look, look.estimate)
    sections["All tests"] = _tests(look)
    sections["What was looked at"] = _facts(look)
    return sections


def _over_time(look: Look, over_time: Timeline) -> Fragment:
    unit = over_time.unit if over_time.unit[0].isdigit() else f"one {over_time.unit}"
    told = f"Each point is the mean of {unit}."
    if look.change is not None:
        told += " The vertical line is the estimated moment of the change, and the shaded area is its 95% interval."
    return stacked(picture(timeline_figure(look, over_time)), sentences(told))


def _inputs(inputs: "InputShift") -> Fragment:
    parts = [sentences(inputs.missing)] if inputs.missing else []
    texts = inputs.texts
    if texts is not None and texts.separability.auc == texts.separability.auc:
        parts.append(sentences(_separability(texts)))
    changes = [] if texts is None else [texts.unknown, *sorted(texts.features, key=lambda each: each.p)]
    rows = [
        [Field(each.name), *_numbers(percent(each.reference), percent(each.current), p_value(each.p))]
        for each in changes
    ]
    rows += [
        [
            Field(f"median length in {each.unit}"),
            *_numbers(f"{each.reference:.0f}", f"{each.current:.0f}", p_value(each.p)),
        ]
        for each in inputs.lengths
    ]
    if rows:
        parts.append(table(["share of texts, or length", "before", "now", "p"], rows))
    if texts is None:
        return stacked(*parts)
    if moved := strongest(texts.movements, SHOWN_MOVEMENTS):
        words = [[Field(movement_name(each)), *_numbers(share(each.reference), share(each.current))] for each in moved]
        parts.append(table(["share of texts with the word", "training", "traffic"], words))
    spoken = texts.languages
    languages = [
        [Field(name), *_numbers(*(share(shares.get(name, 0.0)) for shares in (spoken.reference, spoken.current)))]
        for name in list(dict.fromkeys([*spoken.reference, *spoken.current]))[:SHOWN_LANGUAGES]
    ]
    if languages:
        parts.append(table(["language of the recognised texts", "training", "traffic"], languages))
    return stacked(*parts)


def _separability(texts: "TextShift") -> str:
    told = texts.separability
    return (
        f"A classifier tells the traffic from the training texts with an AUC of {auc_text(told.auc)} "
        f"({auc_text(told.low)} to {auc_text(told.high)}; chance is 0.50). It read {texts.compared:,} distinct texts; "
        f"{percent(texts.repeated)} of the texts repeat another one."
    )


def _outputs(outputs: "OutputShift") -> Fragment:
    confidence = outputs.confidence
    now = f"{points(confidence.current)} ({points(confidence.low)} to {points(confidence.high)})"
    told = (
        f"The mean confidence, in points, is {now}; on validation it was {points(confidence.reference)}. Predictions "
        f"of one caller count as dependent: {outputs.predictions:,} predictions tell as much as "
        f"{outputs.effective:,.0f} independent ones."
    )
    return stacked(picture(class_shares_figure(outputs.classes)), sentences(told))


def _performance(look: Look, estimate: Estimate) -> Fragment:
    rows = [
        [
            Field("validation", note="real"),
            *_numbers("", points(estimate.validation_accuracy), points(estimate.validation_macro_f1)),
        ],
        [
            Field("traffic, estimated without labels"),
            *_numbers(f"{estimate.predictions:,}", _scored(estimate.accuracy), _scored(estimate.macro_f1)),
        ],
    ]
    rows += [
        [
            Field(real.source, note="real"),
            *_numbers(f"{real.examples:,}", _scored(real.accuracy), _scored(real.macro_f1)),
        ]
        for real in look.real_scores
    ]
    scores = table(["", "predictions", "accuracy", "macro F1"], rows)
    shares = [
        [Field(name), *_numbers(points(before), _scored(now))]
        for name, before, now in zip(look.label_names, estimate.validation_shares, estimate.class_shares, strict=True)
    ]
    caveats = filter(None, [estimate.doubt, estimate.blind_spot, *(real.caveat for real in look.real_scores)])
    return stacked(
        scores,
        sentences(*caveats),
        sentences("The shares of the true classes, corrected for the model's mistakes:"),
        table(["class", "validation", "traffic, estimated"], shares),
    )


def _tests(look: Look) -> Fragment:
    rows = [
        [
            Field(finding.name, note="alarm" if finding.is_alarm else ""),
            Field(finding.sentence, is_number=False),
            *_numbers(p_value(finding.p), p_value(finding.adjusted_p)),
        ]
        for finding in look.findings
    ]
    told = [
        f"All tests of this look share a false-alarm budget of {percent(look.alpha)}. A finding is an alarm if its "
        "corrected p value is at most the budget."
    ]
    if look.alpha != look.full_alpha:
        told.append(_charged(look))
    yearly = false_alarms_a_year(look.full_alpha, (look.until - look.since) / DAY)
    told.append(f"Looks at all traffic, in windows of this length, raise at most {yearly:,.1f} false alarms a year.")
    if look.power is not None:
        told.append(look.power.sentence)
    headings: list[str | Field] = ["test", Field("finding", is_number=False), "p", "p, corrected"]
    return stacked(sentences(*told), table(headings, rows))


def _charged(look: Look) -> str:
    if look.is_repeated:
        return "An earlier look judged the same window; its answer is repeated, and nothing is spent."
    return (
        f"Earlier looks have seen a part of this traffic, so the budget is smaller than {percent(look.full_alpha)}: "
        "each prediction is charged once."
    )


def _facts(look: Look) -> Fragment:
    facts = {
        "Model": f"{look.name}, version {look.version}",
        "Window": f"{moment(look.since)} to {moment(look.until)} UTC",
        "Predictions": f"{look.predictions:,} by {counted(look.callers, 'caller')}",
        "Texts compared": f"{look.texts:,}",
        "Made": f"{moment(look.made)} UTC",
    }
    facts |= {f"Not used: {reason}": f"{lines:,}" for reason, lines in look.skipped.items()}
    return render("facts", facts=list(facts.items()))


def _scored(score: Score) -> str:
    return f"{points(score.value)} ({points(score.low)} to {points(score.high)})"


def _numbers(*texts: str) -> list[Field]:
    return [Field(text) for text in texts]
