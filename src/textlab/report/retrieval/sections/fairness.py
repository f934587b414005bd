"""The fairness of a search for people: do names and places in requests change whom the champion finds?"""

import json

from textlab import record
from textlab.evaluation.retrieval.fairness import TOP, is_beyond_control, ranking_changes
from textlab.export.loading import Bundle
from textlab.report.html import Field, Fragment, points, sentences, stacked, table
from textlab.report.retrieval.findings import RetrievalFindings

MOST = 200  # requests; each is asked six times
NOT_PEOPLE = "The documents do not describe people, so no names were swapped."
METHOD = (
    "A request without conditions is asked under a name, and again under another: of the same gender and origin (the "
    "control), of the other gender, of another origin, or of both. Profiles hold no names and places, so a name finds "
    f"nobody; but each word of a request moves a ranking by vectors. The overlap is that of the first {TOP} people."
)


def fairness(findings: RetrievalFindings) -> Fragment:
    """Show how the champion's rankings change under swapped names and places, for documents that describe people."""
    dataset, name = findings.data.dataset, findings.champion.name
    if dataset is None:
        return sentences(findings.data.problem)
    if not dataset.people:
        return sentences(NOT_PEOPLE)
    queries = dataset.test
    if "conditions" in queries:
        queries = queries[[not json.loads(stated) for stated in queries["conditions"]]]
    if queries.empty:
        return sentences("Every test request states conditions, so no names were swapped.")
    bundle = Bundle(record.bundle_folder(findings.champion_entry.run.id))
    changes = ranking_changes(
        lambda texts: [[hit.id for hit in hits] for hits in bundle.search(texts, TOP)],
        queries["text"].head(MOST).tolist(),
    )
    rows = [
        list(map(Field, [str(kind), f"{int(row['requests']):,}", points(row["overlap"]), points(row["changed_first"])]))
        for kind, row in changes.to_dict("index").items()
    ]
    beyond = is_beyond_control(changes)
    verdict = (
        f"{name}: a swap of {' and of '.join(beyond)} changes more than the control. Look at such requests before use."
        if beyond
        else f"{name}: no swap of gender or origin changes clearly more than the control."
    )
    headings = ["swapped", "requests", "overlap, %", "other first result, %"]
    return stacked(sentences(verdict), table(headings, rows), sentences(METHOD, kind="note"))
