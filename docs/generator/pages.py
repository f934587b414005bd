"""Every page of the site that no file below docs/ holds, by its address."""

import posixpath
import re
from pathlib import Path

from docs.generator.commands import commands_page
from docs.generator.contract import contract_page
from docs.generator.default_grid import default_grid_page
from docs.generator.families import families_page
from docs.generator.grid_file import grid_file_page
from docs.generator.http_api import http_api_page
from docs.generator.operations import operations_page
from docs.generator.settings import settings_page

ROOT = Path(__file__).resolve().parents[2]
COPIED = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "data/README.md": "reference/datasets.md",
}
COMPARED = re.compile(
    r"^\[[^\]]+\]: \.\./\.\./.*\n", re.MULTILINE
)  # the changelog's links to GitHub's comparison of two versions
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\(([^)#:]+)(#[^)]*)?\)|!\[([^\]]*)\]\(([^):]+)\)")


def generated_pages() -> dict[str, str]:
    """The Markdown text of each generated or copied page."""
    return {
        "reference/commands.md": commands_page(),
        "reference/grid-file.md": grid_file_page(),
        "reference/model-families.md": families_page(),
        "reference/model-contract.md": contract_page(),
        "reference/operations.md": operations_page(),
        "reference/settings.md": settings_page(),
        "reference/http-api.md": http_api_page(),
        "results/default-grid.md": default_grid_page(),
    } | {address: copied_page(source, address) for source, address in COPIED.items()}


def copied_page(source: str, address: str) -> str:
    """A file from outside docs/, with its links changed to lead to the same pages of the site.

    A link to a file that is no page of the site becomes plain text. Links to
    comparisons of versions on GitHub are left out.
    """

    def rewritten(link: re.Match[str]) -> str:
        text, target, anchor, picture, picture_target = link.groups()
        page = _address(source, target or picture_target)
        if page is None:
            return text
        relative = posixpath.relpath(page, posixpath.dirname(address) or ".")
        return f"[{text}]({relative}{anchor or ''})" if text else f"![{picture}]({relative})"

    return LINK.sub(rewritten, COMPARED.sub("", (ROOT / source).read_text(encoding="utf-8")))


def _address(source: str, target: str) -> str | None:
    """The address in the site of a file that `source` links to; None if the site does not contain it."""
    path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
    return path.removeprefix("docs/") if path.startswith("docs/") else COPIED.get(path)
