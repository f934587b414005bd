"""A release: one version everywhere, and a changelog in Keep a Changelog's form."""

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
RELEASES = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d{2}-\d{2})$", CHANGELOG, re.MULTILINE)


def test_package_citation_and_changelog_state_one_version_and_one_date():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert RELEASES[0] == (VERSION, str(citation["date-released"]))
    assert citation["version"] == VERSION


def test_the_changelog_has_unreleased_changes_first_and_only_the_six_categories():
    titles = re.findall(r"^## (.*)$", CHANGELOG, re.MULTILINE)
    assert titles[0] == "[Unreleased]"
    assert len(titles) == 1 + len(RELEASES)
    categories = re.findall(r"^### (.*)$", CHANGELOG, re.MULTILINE)
    assert set(categories) <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_every_version_of_the_changelog_has_a_link():
    for version in ["Unreleased", *(version for version, _ in RELEASES)]:
        assert f"\n[{version}]: ../../" in CHANGELOG
