"""The method: the reproducibility checklists of ACL and NeurIPS, filled in from the record.

Dodge et al. (2019), "Show your work: improved reporting of experimental results"; Pineau et al. (2021), "Improving
reproducibility in machine learning research".
"""

import json
import subprocess

from textlab import record
from textlab.evaluation.choice.wording import metric_text
from textlab.evaluation.statistics.bootstrap import RESAMPLES
from textlab.paths import ROOT
from textlab.record.tags import FINGERPRINT
from textlab.report.findings import Findings
from textlab.report.html import Fragment, number, render
from textlab.report.leaderboard import seed_of
from textlab.wording import shortlist

MOST_CLASSES = 12  # classes whose share is stated; the others are counted
UNKNOWN = "not recorded"


def checklist(findings: Findings) -> Fragment:
    """Answer the questions of the checklist from the record."""
    return render("facts", facts=[*_data(findings), *_models(findings), *_training(findings), *_evaluation(findings)])


def _data(findings: Findings) -> list[tuple[str, str]]:
    entry = findings.champion_entry
    run, reference = entry.run, findings.data.reference
    shares = reference.get("class_shares", {})
    train = f"{reference['texts']:,} training texts" if "texts" in reference else "training texts not recorded"
    return [
        ("Data", f"{run.dataset}, version {run.dataset_version or UNKNOWN}"),
        ("Source and licence", "listed per dataset in data/README.md, with the download command"),
        ("Data digest", run.dataset_digest),
        ("Splits", f"{train}, {len(entry.validation):,} validation texts, {len(entry.test):,} test texts"),
        (
            "Class balance in training",
            shortlist([f"{100 * share:.1f}% {name}" for name, share in shares.items()], MOST_CLASSES) or UNKNOWN,
        ),
        ("Preprocessing", "part of the exported model, which takes raw text; the rules are in textlab.text"),
    ]


def _models(findings: Findings) -> list[tuple[str, str]]:
    differences = [entry.run.metrics.get("parity", float("nan")) for entry in findings.entries.values()]
    known = [value for value in differences if value == value]
    parity = f"probabilities differ by at most {max(known):.1g} on validation and unusual texts" if known else UNKNOWN
    libraries = _libraries(findings)
    return [
        ("Models", "; ".join(dict.fromkeys(entry.model for entry in findings.entries.values()))),
        ("Parameters", "on each run's page in MLflow, which its name links to"),
        ("Exported and trained model", parity),
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
    """Describe the checkout's commit. A run's fingerprint holds the digest of every module that it used."""
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        commit = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return f"the digest of every module used is in each run's tag {FINGERPRINT}"
    return f"commit {commit} at the time of this report; each run's modules are in its tag {FINGERPRINT}"


def _training(findings: Findings) -> list[tuple[str, str]]:
    runs = [entry.run for entry in findings.entries.values()]
    seeds = sorted({seed_of(run) for run in runs})
    seconds = sum(run.metrics.get("fit_seconds", 0.0) for run in runs)
    tried = "; ".join(f"{name}: {', '.join(values)}" for name, values in findings.values_tried().items())
    machines = dict.fromkeys(run.machine for run in runs)
    threads = sorted({run.threads for run in runs if run.threads is not None})
    return [
        ("Hyperparameter values", tried or "one value per parameter"),
        ("Selection", f"by {metric_text(findings.primary)} on validation, never on test; values come from the grid"),
        ("Runs", f"{len(findings.runs)} in the grid, {len(runs)} compared"),
        ("Seeds", ", ".join(map(str, seeds))),
        ("Training time", f"{number(seconds / 60, 1)} minutes for all compared runs"),
        ("Machine", "; ".join(filter(None, machines)) or UNKNOWN),
        ("Threads per run", ", ".join(map(str, threads)) or UNKNOWN),
    ]


def _evaluation(findings: Findings) -> list[tuple[str, str]]:
    share = f"{100 * findings.comparison.confidence:.0f}%"
    return [
        ("Validation scores", "beside the test scores in the leaderboard"),
        ("Intervals", f"BCa bootstrap, {share}, {RESAMPLES:,} resamples of the test texts (Efron 1987)"),
        (
            "Differences",
            "paired bootstrap test on the same resamples, and McNemar's test (exact below 25 disagreements)",
        ),
        ("Floors", "majority class and training class shares, beside the champion in a paired bootstrap test"),
        ("Multiple comparisons", "Holm's correction over all pairs of compared runs"),
        ("Seed variation", "mean, standard deviation, and a sign-flip test on the seeds that two models share"),
        ("Calibration", "expected calibration error in 15 bins; temperature fitted on validation (Guo et al. 2017)"),
        ("Robustness", "CheckList tests (Ribeiro et al. 2020); failure rates with Wilson intervals"),
        ("Speed", "exported model on the machine above; 200 single texts, and 2,000 texts in batches of 64"),
    ]
