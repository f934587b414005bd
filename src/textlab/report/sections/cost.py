"""The costs of training and serving each model, and the Pareto front of score and latency."""

from textlab.evaluation import figures
from textlab.evaluation.choice.pareto import pareto_front
from textlab.report.findings import Findings
from textlab.report.html import Field, Fragment, number, picture, sentences, stacked, table
from textlab.report.sections.run_links import run_link, run_name
from textlab.wording import listed

HEADINGS = {  # heading and decimals of each measurement
    "fit_seconds": ("training time, s", 0),
    "peak_memory_mb": ("training memory, MB", 0),
    "latency_ms": ("median latency, ms", 2),
    "latency_p99_ms": ("99th percentile latency, ms", 2),
    "tweets_per_second": ("examples per second", 0),
    "bundle_mb": ("model size, MB", 1),
    "memory_mb": ("serving memory, MB", 0),
}


def costs(findings: Findings) -> Fragment:
    """Show each model's training time, memory, latency, throughput and size."""
    known = findings.costs.dropna(axis="columns", how="all")  # older runs have not logged every measurement
    rows = []
    logged = [cost for cost in HEADINGS if cost in known]
    for name, row in known.to_dict("index").items():
        link = run_link(findings, str(name))
        fields = [Field(number(row[cost], HEADINGS[cost][1]), link) for cost in logged]
        rows.append([run_name(findings, str(name)), *fields])
    return table(["model", *(HEADINGS[cost][0] for cost in logged)], rows)


def pareto(findings: Findings) -> Fragment:
    """Plot score against latency, and name the models on the Pareto front."""
    known = findings.quality_and_latency
    if known["latency_ms"].isna().all():
        return sentences("No run has logged a latency, so there is no Pareto front.")
    front = pareto_front(known["score"], known["latency_ms"])
    sentence = f"On the Pareto front, where no other model is better in both: {listed(front)}."
    return stacked(picture(figures.pareto_figure(known, findings.metric)), sentences(sentence))
