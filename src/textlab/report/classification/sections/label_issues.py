"""Cross-validated scores, and the labels of the training examples that are likeliest to be wrong."""

from textlab.data.examples import TEXT_ONLY
from textlab.evaluation.classification.predictions import input_columns, nouns_of
from textlab.evaluation.label_issues import LabelIssues
from textlab.report.classification.findings import ClassificationFindings
from textlab.report.html import Field, Fragment, points, sentences, stacked, table
from textlab.report.sections.run_links import run_name

SHOWN = 20  # number of labels, and of pairs of near-duplicates, that are shown
COVERS = (
    "Each training example was predicted by a model that was fitted without it; the score is that of all of them "
    "together. The 95% interval covers other examples of the same kind. The folds share training examples, so it does "
    "not cover other training sets: differences smaller than the intervals are no evidence."
)


def cross_validated(findings: ClassificationFindings) -> Fragment:
    """Show the scores on all training examples, out of fold; nothing if no run made folds."""
    if not findings.out_of_fold:
        return Fragment("")
    scores = findings.cross_validated
    metric = str(scores.columns[1])
    rows = [
        [
            run_name(findings, str(name)),
            Field(f"{row['examples']:,.0f}"),
            Field(points(row[metric]), note=f"{points(row['low'])} to {points(row['high'])}"),
            Field(points(findings.scores[str(name)][metric])),
        ]
        for name, row in scores.iterrows()
    ]
    noun = nouns_of(next(iter(findings.out_of_fold.values())))[1]
    words = metric.replace("_", " ")
    headings = ["run", f"training {noun}", f"{words}, out of fold", f"{words}, test"]
    return stacked(sentences(COVERS), table(headings, rows))


def label_issues(findings: ClassificationFindings) -> Fragment:
    """Show the likeliest wrong labels and contradicting near-duplicates; nothing if no run made folds."""
    issues = findings.label_issues
    if issues is None:
        return Fragment("")
    parts = [sentences(*issues.sentences())]
    if not issues.table.empty:
        advice = (
            "The list is tables/corrections.csv of the grid's run, and corrections.csv beside this report. Write the "
            "right labels into its column corrected_label, and name the file in the grid: corrections: FILE."
        )
        parts += [sentences(advice), _issues(issues)]
    return stacked(*parts, *([] if issues.pairs.empty else [_pairs(issues)]))


def _issues(issues: LabelIssues) -> Fragment:
    inputs = [name for name in input_columns(issues.table) if name in (*TEXT_ONLY, "image")]
    rows = [
        [
            Field(str(row["id"])),
            *(Field(str(row[name]), is_number=False) for name in ("given_label", "suggested_label")),
            Field(points(row["probability"])),
            Field(str(row["contradicted_by"]), is_number=False),
            *(Field(str(row[name]), is_number=False) for name in inputs),
        ]
        for row in issues.table.head(SHOWN).to_dict("records")
    ]
    words = ["given label", "suggested label"]
    headings: list[str | Field] = ["id", *(Field(word, is_number=False) for word in words), "probability, %"]
    headings += [Field(word, is_number=False) for word in ("near-duplicate with another label", *inputs)]
    return table(headings, rows)


def _pairs(issues: LabelIssues) -> Fragment:
    names = ("id", "label", "text", "other_id", "other_label", "other_text")
    rows = [
        [*(Field(str(row[name]), is_number=False) for name in names), Field(points(row["similarity"], 0))]
        for row in issues.pairs.head(SHOWN).to_dict("records")
    ]
    count = len(issues.pairs)
    first = f", the first {SHOWN}" if count > SHOWN else ""
    headings = [Field(word, is_number=False) for word in ("id", "label", "text", "id", "label", "text")]
    return table([*headings, "words shared, %"], rows, folded=f"{count:,} near-duplicates with two labels{first}")
