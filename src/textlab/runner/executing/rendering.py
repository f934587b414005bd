"""Render an executed notebook as an HTML page."""

from pathlib import Path

from textlab.iri_parser import postpone_iri_parser
from textlab.paths import replacing


def render_notebook(notebook: Path, page: Path) -> Path:
    """Write `notebook` as one self-contained HTML file, whole or not at all; return `page`."""
    postpone_iri_parser()
    import nbformat
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(exclude_input_prompt=True, exclude_output_prompt=True)
    title = {"metadata": {"name": page.stem}}
    body, _ = exporter.from_notebook_node(nbformat.read(notebook, as_version=4), resources=title)
    with replacing(page) as partial:
        partial.write_text(body, encoding="utf-8")
    return page
