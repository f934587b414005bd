"""The preparation of the data: rows read and dropped, queries, grades, and text lengths."""

from textlab.data.retrieval_dataset import RetrievalDataset
from textlab.report.html import Field, Fragment, sentences, table
from textlab.report.retrieval.findings import RetrievalFindings
from textlab.report.sections.preparation import length_table, prepared
from textlab.wording import counted


def preparation(findings: RetrievalFindings) -> Fragment:
    """Show the rows read and dropped, the verdict first, then queries, grades and text lengths."""
    dataset = findings.data.dataset
    if dataset is None:
        return sentences(findings.data.problem)
    return prepared(dataset.preparation, [*_counts(dataset), length_table(dataset.text_lengths())])


def _counts(dataset: RetrievalDataset) -> list[Fragment]:
    counts = dataset.counts()
    grades = [str(column) for column in counts if str(column).startswith("grade_")]
    headings = ["split", "queries", "relevant pairs", "pairs per query"]
    headings += [f"pairs of grade {grade.removeprefix('grade_')}" for grade in grades]
    rows = [
        [
            Field(str(split)),
            *(Field(f"{int(row[column]):,}") for column in ("queries", "pairs")),
            Field(f"{row['per_query']:.1f}"),
            *(Field(f"{int(row[grade]):,}") for grade in grades),
        ]
        for split, row in counts.to_dict("index").items()
    ]
    documents = f"All splits search the same {counted(len(dataset.documents), 'document')}."
    return [sentences(documents), table(headings, rows)]
