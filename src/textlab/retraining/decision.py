"""The decision of a retrain: every number and reason, as decision.json, as a page, and in the record."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from textlab import record
from textlab.retraining.challenger import Challenger
from textlab.retraining.evidence import Difference
from textlab.retraining.rules import Evidence, Result, Rule, may_promote
from textlab.retraining.state import write_json

FORMAT = 1
DECISION, PAGE = "decision.json", "decision.html"
PROMOTE, KEEP = "promote", "keep"


@dataclass(frozen=True)
class Decision:
    """A decision and all that it rests on, as decision.json holds it.

    Attributes:
        document: the content of decision.json.
    """

    document: Mapping[str, Any]

    @property
    def verdict(self) -> str:
        """Either "promote" or "keep"."""
        return str(self.document["verdict"])

    @property
    def headline(self) -> str:
        """The verdict in one or two sentences."""
        return str(self.document["headline"])

    @property
    def rules(self) -> list[Rule]:
        """The rules, in the order in which they were judged."""
        return [Rule(each["name"], Result(each["result"]), each["reason"]) for each in self.document["rules"]]

    @property
    def champion(self) -> int:
        """The number of the champion that the challenger was compared with."""
        return int(self.document["champion"]["number"])

    @property
    def challenger(self) -> Challenger:
        """The challenger."""
        return Challenger.from_json(self.document["challenger"])

    @property
    def times_slower(self) -> float:
        """The challenger's latency as a multiple of the champion's, at least 1."""
        latency = (self.document["evidence"] or {}).get("latency_ms")
        return max(1.0, latency["challenger"] / latency["champion"]) if latency else 1.0


def decide(
    name: str,
    retrain: str,
    rules: Sequence[Rule],
    evidence: Evidence | None,
    challenger: Challenger,
    *,
    champion: Mapping[str, Any],
    snapshot: Mapping[str, Any],
    settings: Mapping[str, Any],
    versions: Mapping[str, str],
) -> Decision:
    """Put a decision together.

    Args:
        name: the name of the promoted model.
        retrain: the retrain's id.
        rules, evidence: from `gate.compare`.
        challenger: the challenger.
        champion: number, digest of the bundle, run and dataset of the champion.
        snapshot: the name and the digest of the snapshot.
        settings: metric, margin and floor.
        versions: of the libraries.
    """
    verdict = PROMOTE if may_promote(rules) else KEEP
    return Decision(
        {
            "format": FORMAT,
            "name": name,
            "id": retrain,
            "decided": datetime.now(UTC).isoformat(timespec="seconds"),
            "verdict": verdict,
            "headline": _headline(verdict, rules, challenger, int(champion["number"])),
            "rules": [asdict(rule) for rule in rules],
            "settings": dict(settings),
            "champion": dict(champion),
            "challenger": challenger.to_json(),
            "snapshot": dict(snapshot),
            "evidence": None if evidence is None else _described(evidence),
            "versions": dict(versions),
        }
    )


def _headline(verdict: str, rules: Sequence[Rule], challenger: Challenger, champion: int) -> str:
    if verdict == PROMOTE:
        reason = next(rule.reason for rule in rules if rule.name == "Reason to change")
        return f"{challenger.name} may replace number {champion}. {reason}"
    failed = next(rule for rule in rules if rule.result is Result.FAILED)
    return f"Number {champion} stays the champion. {failed.reason}"


def _described(evidence: Evidence) -> dict[str, Any]:
    floor = evidence.floor
    return {
        "test": _difference(evidence.test),
        "newest": None if evidence.newest is None else _difference(evidence.newest),
        "parts": [asdict(part) | {"difference": part.difference} for part in evidence.parts],
        "floor": {"name": floor.floor, "score": floor.score(floor.floor), "difference": floor.difference, "p": floor.p},
        "latency_ms": {"champion": evidence.champion_ms, "challenger": evidence.challenger_ms},
    }


def _difference(difference: Difference) -> dict[str, Any]:
    return asdict(difference) | {"difference": difference.difference}


def write_decision(decision: Decision, folder: Path) -> None:
    """Write decision.json and the page."""
    from textlab.retraining.page import write_page

    write_page(decision, folder / PAGE)
    write_json(folder / DECISION, decision.document)


def log(decision: Decision, folder: Path, outcome: str, files: Sequence[Path] = ()) -> str:
    """Log a decision, or what became of it, to the record; return the run's id.

    Args:
        decision: the decision.
        folder: the retrain's folder, which holds the decision's files.
        outcome: what has happened since, such as "promoted".
        files: further files.
    """
    document, evidence = decision.document, decision.document["evidence"] or {}
    metrics = {
        f"{texts}_{name}": float(evidence[texts][name])
        for texts in ("test", "newest")
        if evidence.get(texts)
        for name in (
            "champion",
            "challenger",
            "difference",
            "low",
            "high",
            "detectable",
            "p_better",
            "p_worse",
            "texts",
        )
    }
    note = "\n\n".join([decision.headline, *(f"{rule.name} ({rule.result}): {rule.reason}" for rule in decision.rules)])
    return record.log_decision(
        document["name"],
        document["id"],
        verdict=decision.verdict,
        outcome=outcome,
        note=note,
        metrics=metrics,
        files=[folder / DECISION, folder / PAGE, *files],
    )
