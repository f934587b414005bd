"""Where a class is rare, its curve and the scores of each class stand first, and not again further below."""

import nbformat
import pytest
from tiny_data import tiny_imbalanced_dataset

from textlab import report
from textlab.paths import NOTEBOOKS
from textlab.report.classification import sections


@pytest.fixture(scope="module")
def findings(shared_store):
    shared_store.dataset = tiny_imbalanced_dataset()
    shared_store.add("a", 0.9)
    return report.gather(shared_store.add("b", 0.8), "accuracy")


def test_rare_class_comes_with_its_share_its_curve_and_moved_thresholds(findings):
    html = sections.rare_classes(findings).html
    assert findings.rare_classes == ["positive"]
    assert "A rare class: positive (6.7% of the training texts, 8 in test)." in html
    assert "positive: x (" in html  # the title of the curve
    assert "cost of missing positive" in html
    assert html.index("<figure") < html.index('<th scope="col">class</th>')


def test_what_stands_first_is_not_repeated(findings):
    assert sections.classes(findings).html == ""
    assert sections.precision_recall(findings).html == ""


def test_report_without_a_rare_class_begins_as_usual(store):
    findings = report.gather(store.add("a", 0.7), "accuracy")
    assert sections.rare_classes(findings).html == ""
    html = sections.classes(findings).html
    assert "95% interval" in html
    assert " to " in html


def test_rare_classes_stand_before_every_other_section():
    cells = nbformat.read(NOTEBOOKS / "80_compare.ipynb", as_version=4).cells
    headings = [cell.source.splitlines()[0] for cell in cells if cell.source.startswith("## ")]
    assert headings[0] == "## Rare classes"
