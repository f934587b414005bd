"""A page with an answer and sections, in the look of the report: self-contained and free of scripts."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from textlab.paths import replacing
from textlab.report.html import Fragment, render


def write_document_page(
    path: Path, kicker: str, title: str, answer: Sequence[str], sections: Mapping[str, Fragment], is_warning: bool
) -> None:
    """Write a page completely or not at all.

    The content security policy forbids scripts and external resources.

    Args:
        path: the file; its folder is created.
        kicker: the line above the title.
        title: the headline.
        answer: the sentences of the answer, the most important one first.
        sections: the content of each section, by its title.
        is_warning: whether the answer asks for attention.
    """
    page = render(
        "document",
        kicker=kicker,
        title=title,
        answer=answer,
        sections=[(name, content.html) for name, content in sections.items()],
        is_warning=is_warning,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as partial:
        partial.write_text(page.html, encoding="utf-8")
