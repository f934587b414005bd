"""The method: the reproducibility checklists of ACL and NeurIPS, filled in from the record.

Dodge et al. (2019), "Show your work: improved reporting of experimental results"; Pineau et al. (2021), "Improving
reproducibility in machine learning research".
"""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from textlab import record
from textlab.evaluation.choice.wording import metric_text
from textlab.evaluation.statistics.bootstrap import RESAMPLES
from textlab.paths import ROOT
from textlab.record.tags import FINGERPRINT
from textlab.report.findings import Findings
from textlab.report.html import Fragment, number, render
from textlab.report.leaderboard import seed_of

UNKNOWN = "not recorded"

Fact = tuple[str, str]  # a question and its answer


@dataclass(frozen=True)
class TaskFacts:
    """The answers of a task to the questions of the checklist.

    Attributes:
        data: facts about the data.
        parity: how far exported and trained model differ; "{}" stands for the largest number that a run logged.
        tests: facts about tests and floors.
        measurements: facts about what else is measured.
    """

    data: Sequence[Fact]
    parity: str
    tests: Sequence[Fact]
    measurements: Sequence[Fact]


def checklist(findings: Findings, of_task: TaskFacts) -> Fragment:
    """Answer the questions of the checklist from the record."""
    facts = [*_data(findings), *of_task.data, *_models(findings, of_task.parity), *_training(findings)]
    return render("facts", facts=[*facts, *_evaluation(findings, of_task.tests), *of_task.measurements])


def _data(findings: Findings) -> list[Fact]:
    run = findings.champion_entry.run
    return [
        ("Data", f"{run.dataset}, version {run.dataset_version or UNKNOWN}"),
        ("Source and licence", "listed per dataset in data/README.md, with the download command"),
        ("Data digest", run.dataset_digest),
        *[("Data version in DVC", _in_words(revision)) for revision in run.data_revisions],
    ]


def _in_words(revision: Mapping[str, str]) -> str:
    commit = (
        f"git commit {revision['commit'][:12]}" if revision["commit"] else "not committed when the model was fitted"
    )
    return f"{revision['path']}, md5 {revision['md5']}, named in {revision['tracked_in']} ({commit})"


def _models(findings: Findings, parity: str) -> list[Fact]:
    differences = [entry.run.metrics.get("parity", float("nan")) for entry in findings.entries.values()]
    known = [value for value in differences if value == value]
    libraries = _libraries(findings)
    return [
        ("Models", "; ".join(dict.fromkeys(entry.model for entry in findings.entries.values()))),
        ("Parameters", "on each run's page in MLflow, which its name links to"),
        ("Exported and trained model", parity.format(f"{max(known):.1g}") if known else UNKNOWN),
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


def _training(findings: Findings) -> list[Fact]:
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


def _evaluation(findings: Findings, tests: Sequence[Fact]) -> list[Fact]:
    share, noun = f"{100 * findings.comparison.confidence:.0f}%", findings.comparison.noun
    return [
        ("Validation scores", "beside the test scores in the leaderboard"),
        ("Intervals", f"BCa bootstrap, {share}, {RESAMPLES:,} resamples of the test {noun} (Efron 1987)"),
        *tests,
        ("Multiple comparisons", "Holm's correction over all pairs of compared runs"),
        ("Seed variation", "mean, standard deviation, and a sign-flip test on the seeds that two models share"),
    ]
