"""The licences of all locked libraries permit commercial use, and the page that lists them is up to date."""

import sys
from email.message import Message
from pathlib import Path

import pytest

from deploy.supply_chain.licences import PAGE, all_of, licences, page, permitted, problems, rules, stated
from deploy.supply_chain.locks import LOCKS, ROOT, locked

AIRFLOW, DVC = ROOT / ".venv-airflow", ROOT / ".venv-dvc"


@pytest.fixture(scope="module")
def known():
    return rules()


def metadata(**fields):
    message = Message()
    for name, values in fields.items():
        for value in values if isinstance(values, list) else [values]:
            message[name.replace("_", "-")] = value
    return message


def rows():
    text = PAGE.read_text(encoding="utf-8").split("## All libraries")[1]
    cells = (
        [cell.strip() for cell in line.strip("| ").split("|")] for line in text.splitlines() if line.startswith("| ")
    )
    return [row for row in cells if row[0] != "library"]


def test_the_page_lists_exactly_the_locked_libraries_with_their_versions():
    listed = {(name, version) for name, versions, *_ in rows() for version in versions.split(", ")}
    assert listed == set().union(*(locked(lock) for lock in LOCKS.values()))


def test_no_listed_licence_forbids_commercial_use(known):
    assert problems({name: licence for name, _, licence, _ in rows()}, known) == []
    for licence in (
        "AGPL-3.0-only",
        "GPL-3.0-or-later",
        "CC-BY-NC-4.0",
        "BUSL-1.1",
        "SSPL-1.0",
        "MIT AND CC-BY-NC-4.0",
    ):
        assert problems({"library": licence}, known) == [
            f"library has the licence '{licence}', which is not allowed. Remove the library, or review its licence in "
            "deploy/supply_chain/licence_rules.toml."
        ]


def test_a_choice_in_one_environment_does_not_hide_the_licence_in_another(known):
    assert all_of({"MIT"}) == "MIT"
    assert permitted(all_of({"MIT", "BSD-3-Clause"}), known["permissive"])
    assert len(problems({"library": all_of({"MIT OR Apache-2.0", "GPL-3.0-only"})}, known)) == 1


def test_a_library_without_a_licence_is_refused(known):
    (problem,) = problems({"library": ""}, known)
    assert problem.startswith("library states no licence, or is not installed. Read its licence")


@pytest.mark.skipif(
    not (sys.platform == "linux" and AIRFLOW.exists() and DVC.exists()),
    reason="needs the environments of Airflow and DVC (make licences, make test-slow)",
)
def test_the_page_says_what_the_installed_libraries_state(known):
    environments = [Path(sys.prefix), AIRFLOW, DVC]
    assert PAGE.read_text(encoding="utf-8") == page(licences(environments, known), known), "Run: make licences"


def test_a_library_that_is_not_installed_has_only_a_reviewed_licence(known):
    found = licences([], known)
    assert found["nvidia-cublas"] == "LicenseRef-NVIDIA-Proprietary"
    assert found["nvidia-nvtx"] == "Apache-2.0"  # the exact name comes before the pattern nvidia-*
    assert found["flask"] == ""


def test_every_reviewed_library_is_locked(known):
    names = {name for lock in LOCKS.values() for name, _ in locked(lock)}
    assert {name for name in known["reviewed"] if "*" not in name} <= names


def test_the_expression_precedes_the_free_text_and_the_classifiers(known):
    spellings = known["spellings"]
    osi = "License :: OSI Approved :: "
    assert stated(metadata(License_Expression="MIT", License="GPL"), spellings) == "MIT"
    assert stated(metadata(License="Apache License\n   Version 2.0"), spellings) == "Apache-2.0"
    assert stated(metadata(License="Copyright (c) us", Classifier=[osi + "BSD License"]), spellings) == "BSD"
    both = [osi + "MIT License", osi + "GNU General Public License (GPL)"]
    assert not permitted(stated(metadata(Classifier=both), spellings), known["permissive"])
    assert stated(metadata(Classifier=["License :: OSI Approved"]), spellings) == ""


def test_one_alternative_is_enough_but_all_parts_of_it_are_needed():
    assert permitted("GPL-2.0-only OR MIT AND ISC", ["MIT", "ISC"])
    assert not permitted("GPL-2.0-only OR MIT AND ISC", ["MIT"])
    assert permitted("Apache-2.0 WITH LLVM-exception", ["Apache-2.0"])
    assert not permitted("", ["MIT"])
