"""The executed notebook as a page and as slides: self-contained and free of scripts."""

import datetime
from pathlib import Path

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
    return [_write(executed, kind, folder / f"{kind}.html", name) for kind in ("comparison", "slides")]


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
