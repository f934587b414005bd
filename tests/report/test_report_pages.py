"""Pages and slides of an executed notebook: data appear only as text."""

import re
from pathlib import Path

import nbformat
import pytest
from matplotlib.figure import Figure
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from textlab import report
from textlab.evaluation.figures import roc_figure
from textlab.report.classification import sections
from textlab.report.html import Field, picture, table
from textlab.report.pages import write_pages

SCRIPT = "<script>alert('gate')</script>"
NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks/80_compare.ipynb"


def code_cell(fragment, **metadata):
    output = new_output("execute_result", {"text/html": fragment.html, "text/plain": "..."})
    return new_code_cell("...", outputs=[output], metadata=metadata)


@pytest.fixture
def pages(tmp_path):
    """Write the pages of some cells and return their HTML: page, slides."""

    def write(*cells):
        nbformat.write(new_notebook(cells=list(cells)), tmp_path / "comparison.ipynb")
        written = write_pages(tmp_path / "comparison.ipynb", tmp_path, "demo")
        assert sorted(path.name for path in tmp_path.glob("*.html")) == ["comparison.html", "slides.html"]
        return [path.read_text(encoding="utf-8") for path in written]

    return write


def test_script_in_a_tweet_stays_text(store, pages):
    findings = report.gather(store.add("a", 0.7, texts=lambda text: f"{text} {SCRIPT}"), "accuracy")
    page, slides = pages(code_cell(sections.mistakes(findings), slideshow={"slide_type": "slide"}))
    for text in (page, slides):
        assert "&lt;script&gt;alert(" in text
        assert "<script" not in text


def test_names_and_headings_are_escaped():
    html = table([f"model {SCRIPT}"], [[Field(SCRIPT, note=SCRIPT)]], folded=SCRIPT).html
    assert "<script" not in html
    figure = Figure()
    figure.suptitle(SCRIPT)
    assert "<script" not in picture(figure).html


def test_pages_are_self_contained_and_forbid_scripts(store, pages):
    findings = report.gather(store.add("a", 0.7), "accuracy")
    curves = code_cell(picture(roc_figure(findings.drawn)), slideshow={"slide_type": "slide"})
    for text in pages(new_markdown_cell("## Curves"), curves):
        assert re.findall(r'(?:src|href)="(?!data:|#)', text) == []
        assert "url(" not in text
        assert "default-src 'none'" in text
        assert text.count("data:image/png;base64,") == 1
        assert 'alt="x separates' in text or 'alt="x ranks' in text


def test_progress_bars_of_the_notebook_stay_out_of_the_pages(pages):
    widget = {"application/vnd.jupyter.widget-view+json": {"model_id": "a"}, "text/plain": "Fingerprints: 0%|"}
    slide = {"slideshow": {"slide_type": "slide"}}
    cell = new_code_cell("...", outputs=[new_output("display_data", widget)], metadata=slide)
    for text in pages(new_markdown_cell("## Answer", metadata=slide), cell):
        assert "Answer" in text
        assert "Fingerprints" not in text


def test_slide_types_and_tags_choose_the_cells_of_page_and_slides(pages):
    slide = {"slideshow": {"slide_type": "slide"}}
    page, slides = pages(
        new_markdown_cell("# Which", metadata=slide),
        new_markdown_cell("## Both", metadata=slide, id="both"),
        new_markdown_cell("only the page", metadata={"slideshow": {"slide_type": "skip"}}),
        new_markdown_cell("only the slides", metadata={"tags": ["slides"]}),
    )
    assert '<a href="#both">Both</a>' in page
    assert page.count("<section") == page.count("</section>") == 1
    assert page.count("<header>") == page.count("</header>") == 1
    assert ("only the page" in page, "only the slides" in page) == (True, False)
    assert slides.count('<section class="slide">') == slides.count("</section>") == 2
    assert ("only the page" in slides, "only the slides" in slides) == (False, True)


def test_every_cell_of_the_notebook_has_a_valid_slide_type():
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    kinds = [cell.metadata.get("slideshow", {}).get("slide_type", "-") for cell in cells]
    assert kinds[0] == "slide"
    assert set(kinds) == {"slide", "skip", "-"}
