"""How it was done: what the reproducibility checklists of ACL and NeurIPS ask, filled in from the record.

Dodge et al. (2019), "Show your work: improved reporting of experimental results", is the source of the first; Pineau et
al. (2021), "Improving reproducibility in machine learning research", of the second.
"""

import json
import subprocess
from typing import Any

from textlab import record
from textlab.evaluation.statistics.bootstrap import RESAMPLES
from textlab.paths import ROOT
from textlab.record.tags import FINGERPRINT
from textlab.report.findings import Findings
from textlab.report.html import Fragment, number, render
from textlab.report.leaderboard import seed_of

UNKNOWN = "not recorded"


def checklist(findings: Findings) -> Fragment:
    """A row a question, each with the answer that the record gives."""
    return render("facts", facts=[*_data(findings), *_models(findings), *_training(findings), *_evaluation(findings)])


def _data(findings: Findings) -> list[tuple[str, str]]:
    entry = findings.champion_entry
    run, reference = entry.run, _reference(findings)
    shares = reference.get("class_shares", {})
    train = f"{reference['texts']:,} texts to train on" if "texts" in reference else "training texts not recorded"
    return [
        ("Data", f"{run.dataset}, version {run.dataset_version or UNKNOWN}"),
        ("Source and licence", "data/README.md says them of each dataset, and the command that fetches it"),
        ("Digest of the data", run.dataset_digest),
        ("Splits", f"{train}, {len(entry.validation):,} for validation, {len(entry.test):,} to test"),
        ("Classes in training", ", ".join(f"{100 * share:.1f}% {name}" for name, share in shares.items()) or UNKNOWN),
        ("Preprocessing", "inside the exported model, which takes raw text; textlab.text says the rules"),
    ]


def _reference(findings: Findings) -> dict[str, Any]:
    """What the champion's bundle says of the training texts."""
    try:
        path = record.artifact(findings.champion_entry.run.id, "bundle/assets.extra/reference.json")
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError):
        return {}


def _models(findings: Findings) -> list[tuple[str, str]]:
    parity = [entry.run.metrics.get("parity", float("nan")) for entry in findings.entries.values()]
    known = [value for value in parity if value == value]
    told = f"at most {max(known):.1g} in a probability, on validation texts and odd ones" if known else UNKNOWN
    libraries = _libraries(findings)
    return [
        ("Models", "; ".join(dict.fromkeys(entry.model for entry in findings.entries.values()))),
        ("Parameters of each", "on its page in MLflow, to which its name leads"),
        ("Exported model against the trained one", told),
        ("Code", _commit()),
        ("Libraries", ", ".join(f"{name} {version}" for name, version in libraries.items()) or UNKNOWN),
    ]


def _libraries(findings: Findings) -> dict[str, str]:
    try:
        path = record.artifact(findings.champion_entry.run.id, "libraries.json")
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError):
        return {}


def _commit() -> str:
    """The commit of the checkout; each run's fingerprint holds the digest of every module that it used."""
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return f"each run's tag {FINGERPRINT} holds the digest of every module that it used"
    return f"commit {found} when this page was made; each run's tag {FINGERPRINT} holds its own modules' digests"


def _training(findings: Findings) -> list[tuple[str, str]]:
    runs = [entry.run for entry in findings.entries.values()]
    seeds = sorted({seed_of(run) for run in runs})
    seconds = sum(run.metrics.get("fit_seconds", 0.0) for run in runs)
    tried = "; ".join(f"{name}: {', '.join(values)}" for name, values in findings.values_tried().items())
    machines = dict.fromkeys(run.machine for run in runs)
    threads = sorted({run.threads for run in runs if run.threads is not None})
    return [
        ("Values tried", tried or "one of each parameter"),
        ("How they were chosen", f"stated in the grid; judged by {findings.primary} on validation, never on test"),
        ("Runs", f"{len(findings.runs)} in the grid, {len(runs)} compared"),
        ("Seeds", ", ".join(map(str, seeds))),
        ("Time to train", f"{number(seconds / 60, 1)} minutes for all runs that are compared"),
        ("Machine", "; ".join(filter(None, machines)) or UNKNOWN),
        ("Threads of each run", ", ".join(map(str, threads)) or UNKNOWN),
    ]


def _evaluation(findings: Findings) -> list[tuple[str, str]]:
    share = f"{100 * findings.comparison.confidence:.0f}%"
    return [
        ("Validation scores", "beside every test score in the leaderboard"),
        ("Intervals", f"BCa bootstrap, {share}, {RESAMPLES:,} resamples of the test texts (Efron 1987)"),
        ("Differences", "paired bootstrap on the same resamples, and McNemar's test, exact below 25 disagreements"),
        ("Many comparisons", "Holm's correction over all pairs of runs of the grid"),
        ("Over seeds", "mean, standard deviation, and a sign-flip test of the seeds that two models share"),
        ("Calibration", "expected calibration error in 15 bins; temperature fitted on validation (Guo et al. 2017)"),
        ("Behaviour", "failure rates with Wilson's intervals, tests as in CheckList (Ribeiro et al. 2020)"),
        ("Speed", "the exported model on the machine above: 200 texts one by one, and 2,000 in batches of 64"),
    ]
