"""The executed notebook as a page and as slides: self-contained and free of scripts."""

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from textlab.iri_parser import postpone_iri_parser
from textlab.paths import replacing
from textlab.report.html import TEMPLATES


def write_pages(notebook: Path, folder: Path, name: str) -> list[Path]:
    """Write comparison.html and slides.html of an executed `80_compare` into `folder`; return their paths.

    Each file appears only when it is complete. The content security policy forbids scripts and external resources, so
    text that the templates failed to escape does no harm.

    Args:
        notebook: the executed notebook.
        folder: the report's folder.
        name: the grid's name, for the title.
    """
    postpone_iri_parser()
    import nbformat

    executed = nbformat.read(notebook, as_version=4)
    executed.cells = _without_empty_sections(executed.cells)
    return [_write(executed, kind, folder / f"{kind}.html", name) for kind in ("comparison", "slides")]


def _without_empty_sections(cells: Sequence[Any]) -> list[Any]:
    """Leave out each heading whose code cells all show nothing, with the cells below it."""
    sections: list[list[Any]] = [[]]
    for cell in cells:
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            sections.append([])
        sections[-1].append(cell)
    return [cell for section in sections if not _is_empty(section) for cell in section]


def _is_empty(section: Sequence[Any]) -> bool:
    """Return whether a section has outputs, and none of them shows anything."""
    outputs = [output for cell in section for output in cell.get("outputs", [])]
    return bool(outputs) and all(output.get("data", {}).get("text/html", "-") == "" for output in outputs)


def _write(executed: object, template: str, page: Path, name: str) -> Path:
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(
        template_name=template,
        extra_template_basedirs=[str(TEMPLATES)],
        extra_template_paths=[str(TEMPLATES)],
        exclude_anchor_links=True,
    )
    today = datetime.datetime.now(datetime.UTC).date()
    resources = {"metadata": {"name": name}, "made": f"{today.day} {today:%B %Y}"}
    body, _ = exporter.from_notebook_node(executed, resources=resources)
    with replacing(page) as partial:
        partial.write_text(body, encoding="utf-8")
    return page
