"""What each input adds: the best model of each set of inputs, and the gains from one set to a larger one."""

from textlab.evaluation.choice.wording import metric_text, p_value
from textlab.report.findings import Findings
from textlab.report.html import Field, Fragment, number, points, sentences, stacked, table
from textlab.report.input_gains import InputGain, plurals, signed
from textlab.report.sections.run_links import run_link

METHOD = (
    "Each row of the first table is the run with the best validation score among those that read these inputs. "
    "Differences are paired, on the same test {noun}; Holm's method corrects p for the rows of the second table. The "
    "models may also differ in their family, so a gain is that of the best models at hand."
)
SEEDS = "A gain counts only if the means over seeds show it too."


def input_gains(findings: Findings) -> Fragment:
    """Say what each input adds; nothing if all runs read the same inputs."""
    if len(findings.best_by_inputs) < 2:
        return Fragment("")
    gains = findings.input_gains
    if not gains:
        sets = " or ".join(plurals(entry.run.inputs) for entry in findings.best_by_inputs.values())
        said = f"The runs read {sets}. None reads all that another one reads and more, so no gain can be measured."
        return stacked(sentences(said), _sets(findings))
    method = METHOD.format(noun=findings.comparison.noun)
    if any(gain.seeds > 1 for gain in gains):
        method = f"{method} {SEEDS}"
    return stacked(
        *(sentences(gain.sentence) for gain in gains), _sets(findings), _gains(findings), sentences(method, kind="note")
    )


def _sets(findings: Findings) -> Fragment:
    """Show the best run of each set of inputs, the best on validation first."""
    metric, rows = findings.metric, []
    for entry in findings.best_by_inputs.values():
        row, link = findings.scores[entry.name], run_link(findings, entry.name)
        seeds = findings.scores_by_seed[entry.model]
        low, high = row[f"{metric}_low"], row[f"{metric}_high"]
        interval = "" if low != low else f"{points(low)} to {points(high)}"
        mean = points(sum(seeds.values()) / len(seeds)) if len(seeds) > 1 else "–"
        rows.append(
            [
                Field(plurals(entry.run.inputs)),
                Field(entry.name, link, is_number=False),
                Field(points(entry.run.metrics.get(f"validation_{findings.primary}")), link),
                Field(points(row[metric]), link, note=interval),
                Field(mean, link, note=f"{len(seeds)} seeds" if len(seeds) > 1 else "one seed"),
                Field(number(findings.latency_ms[entry.name], 2), link),
            ]
        )
    headings: list[str | Field] = ["inputs", Field("best run on validation", is_number=False), "validation score"]
    scores = [f"{metric_text(metric)} on test", "mean over seeds", "median latency, ms"]
    return table([*headings, *scores], rows)


def _gains(findings: Findings) -> Fragment:
    """Show the gain from each set of inputs to each larger one."""
    rows = []
    for gain in findings.input_gains:
        link = run_link(findings, gain.larger)
        interval = "–" if gain.low != gain.low else f"{signed(gain.low)} to {signed(gain.high)}"
        texts = [signed(gain.difference), interval, p_value(gain.p), p_value(gain.p_holm)]
        rows.append([Field(_name(gain)), *(Field(text, link) for text in [*texts, points(gain.detectable)])])
    share = f"{100 * findings.comparison.confidence:.0f}% interval"
    return table(["gain", "difference, points", share, "p", "p (Holm)", "detectable difference"], rows)


def _name(gain: InputGain) -> str:
    return f"{plurals(gain.added)} added to {plurals(gain.inputs)}"
