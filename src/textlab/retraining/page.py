"""The decision of a retrain as a page, in the look of the report."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textlab.evaluation.choice.wording import metric_text
from textlab.report.document import write_document_page
from textlab.report.html import Field, Fragment, points, render, table

if TYPE_CHECKING:
    from textlab.retraining.decision import Decision

TEXTS = {"test": "fixed test set", "newest": "newest labelled texts"}


def write_page(decision: "Decision", path: Path) -> None:
    """Write the page: the verdict, the rules, the scores, the parts, and what was compared. It loads nothing."""
    document = decision.document
    sections = {"Rules": _rules(decision)}
    if document["evidence"]:
        sections |= {"Scores": _scores(document), "Slices, classes and behavioural tests": _parts(document)}
    sections["What was compared"] = _facts(document)
    is_refusal = document["verdict"] != "promote"
    write_document_page(
        path,
        f"Retrain {document['id']} of {document['name']} · {document['decided']}",
        "The champion stays" if is_refusal else "The challenger may be promoted",
        [decision.headline],
        sections,
        is_refusal,
    )


def _rules(decision: "Decision") -> Fragment:
    rows = [[Field(rule.name), _words(str(rule.result)), _words(rule.reason)] for rule in decision.rules]
    return table(["rule", _words("result"), _words("reason")], rows)


def _scores(document: Mapping[str, Any]) -> Fragment:
    rows = []
    for texts, label in TEXTS.items():
        if each := document["evidence"][texts]:
            interval = f"{points(each['low'])} to {points(each['high'])}"
            numbers = [points(each[key]) for key in ("champion", "challenger", "difference")]
            fields = [f"{each['texts']:,}", *numbers, interval, points(each["detectable"])]
            rows.append([Field(f"{metric_text(each['metric'])}, {label}"), *map(Field, fields)])
    latency = document["evidence"]["latency_ms"]
    speeds = [f"{latency[model]:.2g}" for model in ("champion", "challenger")]
    rows.append([Field("latency of one text, ms"), *map(Field, ["", *speeds, "", "", ""])])
    return table(["", "texts", "champion", "challenger", "difference", "95 % interval", "detectable"], rows)


def _parts(document: Mapping[str, Any]) -> Fragment:
    rows = []
    for part in document["evidence"]["parts"]:
        few = "few texts" if part["texts"] < part["least_lost"] else ""
        scores = [points(part[key]) for key in ("champion", "challenger", "difference")]
        fields = [f"{part['texts']:,}", *scores, f"{part['p_corrected']:.2g}"]
        rows.append([Field(f"{part['kind']}: {part['name']}", note=few), *map(Field, fields)])
    return table(["part", "texts", "champion", "challenger", "difference", "corrected p of a fall"], rows)


def _facts(document: Mapping[str, Any]) -> Fragment:
    champion, challenger, settings = document["champion"], document["challenger"], document["settings"]
    facts = {
        "Champion": f"number {champion['number']}, run {champion['run_id']}, trained on {champion['dataset']}",
        "Digest of the champion": champion["manifest_sha256"],
        "Challenger": f"{challenger['name']}, run {challenger['run_id']}",
        "Snapshot": f"{document['snapshot']['dataset']}, digest {document['snapshot']['digest']}",
        "Margin": f"{points(settings['margin'])} points",
        "Absolute floor": "none" if settings["floor"] is None else points(settings["floor"]),
        "Libraries": ", ".join(f"{library} {version}" for library, version in document["versions"].items()),
    }
    return render("facts", facts=list(facts.items()))


def _words(text: str) -> Field:
    return Field(text, is_number=False)
