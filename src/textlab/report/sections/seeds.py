"""Variation between random seeds."""

from textlab.evaluation.choice.wording import metric_text
from textlab.evaluation.statistics.seeds import seed_sentences, seed_table
from textlab.report.findings import Findings
from textlab.report.html import Field, Fragment, points, sentences, stacked, table
from textlab.report.sections.run_links import run_link


def seeds(findings: Findings) -> Fragment:
    """Show each model's mean and standard deviation over its seeds."""
    scores = findings.scores_by_seed
    run_of_model = {entry.model: name for name, entry in reversed(findings.entries.items())}
    rows = []
    for model, row in seed_table(scores).iterrows():
        link = run_link(findings, run_of_model[str(model)])
        texts = [str(int(row["seeds"])), points(row["mean"]), points(row["spread"], 2)]
        texts += [points(row["lowest"]), points(row["highest"])]
        rows.append([Field(str(model), link), *(Field(text, link) for text in texts)])
    headings = ["model", "seeds", f"mean {metric_text(findings.metric)}", "standard deviation", "lowest", "highest"]
    return stacked(sentences(seed_sentences(scores)), table(headings, rows))
