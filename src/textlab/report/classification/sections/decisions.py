"""Decisions: what the grid states, what validation and test give, expected costs, abstention and prediction sets."""

from textlab.evaluation import figures
from textlab.evaluation.choice.wording import p_value
from textlab.evaluation.classification.deciding.costs import cost_table
from textlab.evaluation.classification.deciding.outcomes import Outcome, outcomes, set_table
from textlab.evaluation.classification.deciding.rules import Promise
from textlab.report.classification.findings import ClassificationFindings
from textlab.report.html import Field, Fragment, number, picture, points, sentences, stacked, table
from textlab.report.sections.run_links import run_link, run_name

MOST_CLASSES = 12  # of more classes, those with the lowest coverage are shown
NOTHING_STATED = (
    "The grid states nothing about decisions, so every example gets its most probable class. Its key decision can "
    "state costs, a wanted precision or recall, when to abstain, and the coverage of prediction sets."
)


def decisions(findings: ClassificationFindings) -> Fragment:
    """Show each promise of the champion's decisions: its threshold, and what validation and test give."""
    if findings.wishes.is_empty:
        return sentences(NOTHING_STATED)
    fitted, entry = findings.fitted, findings.champion_entry
    link = run_link(findings, findings.champion.name)
    found = [outcomes(fitted.promises, fitted.rules, frame) for frame in (entry.validation, entry.test)]
    rows = [
        _row(promise, validation, test, link) for promise, validation, test in zip(fitted.promises, *found, strict=True)
    ]
    shares = ["threshold", "validation", "test", "95% interval"]
    headings: list[str | Field] = ["promise", *shares, Field("on test", is_number=False)]
    parts = [sentences(f"The decisions of {findings.champion.name}:"), table(headings, rows)]
    if told := [*fitted.problems, *fitted.notes]:
        parts.append(sentences(*told))
    if fitted.rules.coverage:
        parts.append(_sets(findings, link))
    return stacked(*parts)


def _row(promise: Promise, validation: Outcome | None, test: Outcome | None, link: str) -> list[Field]:
    title = Field(promise.statement, is_number=False)
    if validation is None or test is None:
        return [title, Field("none"), *[Field("–")] * 3, Field("cannot be kept", is_number=False)]
    is_cost = promise.kind == "costs"
    texts = [number(each) if is_cost else points(each) for each in (validation.value, test.value, test.low, test.high)]
    verdict = test.verdict(promise.wanted)
    if promise.kind == "accuracy":
        verdict = "; ".join(filter(None, (verdict, f"{points(test.share)} % answered")))
    return [
        title,
        Field("–" if promise.threshold is None else number(promise.threshold)),
        Field(texts[0], link),
        Field(texts[1], link),
        Field(f"{texts[2]} to {texts[3]}", link),
        Field(verdict, is_number=False),
    ]


def _sets(findings: ClassificationFindings, link: str) -> Fragment:
    """Show the coverage of each class on test, the lowest first if there are many."""
    found = set_table(findings.fitted.rules, findings.champion_entry.test)
    shown = found.nsmallest(MOST_CLASSES, "coverage") if len(found) > MOST_CLASSES else found
    noun = findings.comparison.noun
    rows = []
    for name, row in shown.to_dict("index").items():
        interval = f"{points(row['low'])} to {points(row['high'])}"
        texts = [f"{row['examples']:,.0f}", points(row["coverage"]), interval, number(row["size"], 2)]
        rows.append([Field(str(name)), *(Field(text, link) for text in texts)])
    headings = ["class", f"test {noun}", "sets that hold it, %", "95% interval", "mean classes in a set"]
    return table(headings, rows)


def expected_costs(findings: ClassificationFindings) -> Fragment:
    """Compare what the models in figures cost per example, the champion first; nothing if no costs are stated."""
    matrix, champion = findings.cost_matrix, findings.champion.name
    if matrix is None:
        return Fragment("")
    frames = {champion: findings.drawn[champion]} | findings.drawn
    rows = []
    for name, row in cost_table(frames, matrix).to_dict("index").items():
        interval = "–" if row["low"] != row["low"] else f"{number(row['low'])} to {number(row['high'])}"
        difference = "" if name == champion else f"{row['difference']:+.3f}".replace("-", "−")
        tested = "" if name == champion else p_value(row["p"])
        texts = [number(row["cost"]), interval, number(row["most_probable"]), difference, tested]
        link = run_link(findings, str(name))
        rows.append([run_name(findings, str(name)), *(Field(text, link) for text in texts)])
    headings = ["model", "cost per example", "95% interval", "of the most probable class"]
    return table([*headings, f"difference to {champion}", "p (Holm)"], rows)


def cost_curves(findings: ClassificationFindings) -> Fragment:
    """Draw the cost against that of missing a class: the most expensive one, or the rarest if no costs are stated."""
    champion = findings.champion.name
    frames = {champion: findings.drawn[champion]} | findings.drawn
    label, ratio = _most_expensive(findings)
    return picture(figures.cost_curve_figure(frames, label, ratio))


def _most_expensive(findings: ClassificationFindings) -> tuple[str, float | None]:
    """Return the class that is most expensive to miss, with its cost if that is the same for all mistakes on it."""
    names, matrix = findings.label_names, findings.cost_matrix
    if matrix is None:
        counts = findings.champion_entry.test["label"].value_counts()
        return min((name for name in names if name in counts), key=lambda name: int(counts[name])), None
    place = int(matrix.max(axis=1).argmax())
    others = {float(cost) for row, cost in enumerate(matrix[place]) if row != place}
    rest = {float(matrix[row, column]) for row in range(len(names)) for column in range(len(names)) if row != column}
    is_short = len(others) == 1 and rest - others <= {1.0}
    return names[place], others.pop() if is_short else None


def risk_coverage(findings: ClassificationFindings) -> Fragment:
    """Draw the share of wrong answers against the share of texts that are answered."""
    return picture(figures.risk_coverage_figure(findings.drawn, findings.wishes.accuracy))
