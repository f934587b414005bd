"""The executed notebook as a page and as slides: self-contained, and without a script in them."""

import datetime
from pathlib import Path

from textlab.report.html import TEMPLATES


def write_pages(notebook: Path, folder: Path, name: str) -> list[Path]:
    """Write comparison.html and slides.html of an executed `80_compare` into `folder`; return their paths.

    Both appear only when they are complete. Their content security policy forbids scripts and anything from
    elsewhere, so that what slips through the escaping cannot act either.

    Args:
        notebook: the executed notebook.
        folder: of the report.
        name: the grid's, for the title.
    """
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
    told = {"metadata": {"name": name}, "made": f"{today.day} {today:%B %Y}"}
    body, _ = exporter.from_notebook_node(executed, resources=told)
    partial = page.with_name(f".{page.name}.partial")
    partial.write_text(body, encoding="utf-8")
    partial.replace(page)
    return page
