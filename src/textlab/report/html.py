"""Tables, pictures and texts as HTML. Every text is escaped by the templates: a tweet with a script tag stays text."""

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
DPI = 192  # sharp on screens with two dots a pixel


@dataclass(frozen=True)
class Fragment:
    """A piece of a page, which a notebook shows by itself."""

    html: str

    def _repr_html_(self) -> str:
        return self.html


@dataclass(frozen=True)
class Cell:
    """One field of a table.

    Attributes:
        text: what stands there.
        link: where it leads; "" for nowhere.
        shade: from 0 to 1, how dark its background is.
        is_number: whether it is aligned to the right.
        note: a second, smaller line.
    """

    text: str
    link: str = ""
    shade: float = 0.0
    is_number: bool = True
    note: str = ""


def render(template: str, **values: Any) -> Fragment:
    """The template's HTML, with every value escaped."""
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


def table(headings: Sequence[str | Cell], rows: Sequence[Sequence[Cell]], folded: str = "") -> Fragment:
    """A table whose first column names the rows.

    Args:
        headings: of each column.
        rows: as many cells each.
        folded: where given, the table is shown only after a click on these words.
    """
    cells = [heading if isinstance(heading, Cell) else Cell(heading) for heading in headings]
    return render("table", headings=cells, rows=rows, folded=folded)


def picture(figure: "Figure") -> Fragment:
    """A figure with its title as caption, which a reader can select and a screen reader reads."""
    title = " ".join(figure.get_suptitle().split()).replace(r"\$", "$")
    figure.suptitle("")
    drawn = BytesIO()
    figure.savefig(drawn, format="png", dpi=DPI)
    source = base64.b64encode(drawn.getvalue()).decode()
    return render("picture", title=title, source=source, is_wide=figure.get_figwidth() > 8)


def number(value: float | None, digits: int = 3) -> str:
    """The number with so many decimals and commas between thousands; a dash where there is none."""
    return "–" if value is None or value != value else f"{value:,.{digits}f}"


def points(value: float | None, digits: int = 1) -> str:
    """A share of one in hundredths, without a sign for percent."""
    return number(None if value is None else 100 * value, digits)
