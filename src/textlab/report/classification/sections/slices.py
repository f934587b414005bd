"""Scores on slices of the test examples."""

from textlab.evaluation.classification.deciding.costs import COST_SAVED
from textlab.evaluation.classification.slices import slice_metrics
from textlab.report.classification.findings import SUBSTITUTE, ClassificationFindings
from textlab.report.html import Field, Fragment, points, table
from textlab.report.sections.run_links import model_heading, run_link

MINIMUM_TEXTS = 30  # scores on smaller slices are mostly chance, so their fields are not shaded


def slices(findings: ClassificationFindings) -> Fragment:
    """Show the metric on slices; darker fields are further below the same model's score on all."""
    metric = SUBSTITUTE if findings.metric == COST_SAVED else findings.metric
    scored = {name: slice_metrics(frame, metric).to_dict("records") for name, frame in findings.drawn.items()}
    rows = []
    for position, part in enumerate(next(iter(scored.values()))):  # all models have the same slices, "all" first
        fields = [Field(f"{part['count']:,}")]
        is_small = part["count"] < MINIMUM_TEXTS
        for name, of_model in scored.items():
            score = of_model[position][metric]
            shade = 0.0 if is_small else min(1.0, max(0.0, 3 * (of_model[0][metric] - score)))
            link = run_link(findings, name)
            fields.append(
                Field(points(score), link, shade=shade, note=f"few {findings.comparison.noun}" if is_small else "")
            )
        label = part["slice"] if part["kind"] == "all" else f"{part['kind']}: {part['slice']}"
        rows.append([Field(label), *fields])
    return table(["slice", findings.comparison.noun, *(model_heading(findings, name) for name in scored)], rows)
