"""Render an executed notebook as an HTML page."""

import threading
from functools import cache
from pathlib import Path
from typing import Any

from textlab.iri_parser import postpone_iri_parser
from textlab.paths import replacing

_one_page = threading.Lock()  # an exporter keeps filters of the page that it renders


def render_notebook(notebook: Path, page: Path) -> Path:
    """Write `notebook` as one self-contained HTML file, whole or not at all; return `page`."""
    postpone_iri_parser()
    import nbformat

    title = {"metadata": {"name": page.stem}}
    content = nbformat.read(notebook, as_version=4)
    with _one_page:
        body, _ = _exporter().from_notebook_node(content, resources=title)
    with replacing(page) as partial:
        partial.write_text(body, encoding="utf-8")
    return page


@cache
def _exporter() -> Any:
    """The exporter of every page. Making one and compiling its templates takes longer than to render a short page."""
    from nbconvert import HTMLExporter

    return HTMLExporter(exclude_input_prompt=True, exclude_output_prompt=True)
