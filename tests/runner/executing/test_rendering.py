"""An executed notebook becomes one HTML page."""

from concurrent.futures import ThreadPoolExecutor

import nbformat
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_notebook, new_output

from textlab.runner.executing.rendering import render_notebook


def test_pages_that_threads_render_at_once_equal_those_of_new_exporters(tmp_path):
    paths = [tmp_path / f"{name}.ipynb" for name in ("first", "second", "third")]
    for path in paths:
        printed = new_output("stream", name="stdout", text=f"said {path.stem}\n")
        nbformat.write(new_notebook(cells=[new_code_cell(f"print('said {path.stem}')", outputs=[printed])]), path)
    with ThreadPoolExecutor(len(paths)) as threads:
        pages = list(threads.map(lambda path: render_notebook(path, path.with_suffix(".html")), paths))
    for path, page in zip(paths, pages, strict=True):
        exporter = HTMLExporter(exclude_input_prompt=True, exclude_output_prompt=True)
        resources = {"metadata": {"name": path.stem}}
        expected, _ = exporter.from_notebook_node(nbformat.read(path, as_version=4), resources=resources)
        assert page.read_text(encoding="utf-8") == expected
        assert f"<title>{path.stem}</title>" in expected
