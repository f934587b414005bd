"""Tables, images and sentences as HTML. The templates escape every text, so a script tag in a tweet stays text."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TEMPLATES = Path(__file__).parent / "templates"
DPI = 192  # sharp on screens with two dots per pixel


@dataclass(frozen=True)
class Fragment:
    """A part of a page; notebooks can display it."""

    html: str

    def _repr_html_(self) -> str:
        return self.html


@dataclass(frozen=True)
class Field:
    """One field of a table.

    Attributes:
        text: the content.
        link: the address behind the text; "" for none.
        shade: darkness of the background, from 0 to 1.
        is_number: whether the text is aligned to the right.
        note: a second, smaller line.
    """

    text: str
    link: str = ""
    shade: float = 0.0
    is_number: bool = True
    note: str = ""


def render(template: str, **values: Any) -> Fragment:
    """Fill a template, with every value escaped."""
    return Fragment(_environment().get_template(f"{template}.html.j2").render(**values))


@cache
def _environment() -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def sentences(*texts: str, kind: str = "") -> Fragment:
    """Make a paragraph of each text.

    Args:
        texts: plain texts.
        kind: the paragraphs' CSS class.
    """
    return render("sentences", sentences=texts, kind=kind)


def stacked(*fragments: Fragment) -> Fragment:
    """Put fragments below each other."""
    return Fragment("\n".join(fragment.html for fragment in fragments))


def table(headings: Sequence[str | Field], rows: Sequence[Sequence[Field]], folded: str = "") -> Fragment:
    """Make a table whose first column names the rows.

    Args:
        headings: one per column.
        rows: each with one field per column.
        folded: if not empty, the table is collapsed below this text.
    """
    fields = [heading if isinstance(heading, Field) else Field(heading) for heading in headings]
    return render("table", headings=fields, rows=rows, folded=folded)


def picture(figure: "Figure") -> Fragment:
    """Make an image of a figure. The title becomes a caption, which people can select and screen readers can read."""
    title = " ".join(figure.get_suptitle().split()).replace(r"\$", "$")
    figure.suptitle("")
    content = BytesIO()
    figure.savefig(content, format="png", dpi=DPI)
    source = base64.b64encode(content.getvalue()).decode()
    return render("picture", title=title, source=source, is_wide=figure.get_figwidth() > 8)


def number(value: float | None, digits: int = 3) -> str:
    """Write a number with commas between thousands; a dash for None and NaN."""
    return "–" if value is None or value != value else f"{value:,.{digits}f}"


def points(value: float | None, digits: int = 1) -> str:
    """Write a share of one in hundredths, without a percent sign."""
    return number(None if value is None else 100 * value, digits)
