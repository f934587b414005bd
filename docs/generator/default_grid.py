"""The executed default grid as part of the site, if `make run` has left it in reports/demo."""

from pathlib import Path

from docs.generator.markdown import table

REPORT = Path(__file__).resolve().parents[2] / "reports" / "demo"
FOLDER = "results/default-grid"  # its files, beside the page
HEADER = """# The default grid, executed

`make run` executes `experiments/demo.yaml`. The grid needs no data and no network: it runs on synthetic tweets that
the project generates.
"""
SLIDES = "- [The slides](default-grid/slides.html): the same findings on seven slides.\n"
ABSENT = """
!!! warning "The executed grid is not part of this build"
    The folder `reports/demo` held no report when this site was built. Run `make run`, then `make docs`: the report
    and every executed notebook then appear on this page.
"""
PRESENT = """
This build contains the report and the notebooks exactly as the run left them.

- [The report](default-grid/comparison.html): the recommended model, intervals, tests, costs and mistakes.
{slides}
## The executed notebooks

"""


def attachments(report: Path = REPORT) -> dict[str, Path]:
    """The files of the executed grid, by their address in the site; empty if there is no report."""
    if not (report / "comparison.html").is_file():
        return {}
    pages = [*report.glob("*.html"), *report.glob("runs/*.html")]
    return {f"{FOLDER}/{page.relative_to(report).as_posix()}": page for page in sorted(pages)}


def default_grid_page(report: Path = REPORT) -> str:
    """The page: links to the report and the notebooks, or a plain statement that they are missing."""
    found = attachments(report)
    if not found:
        return HEADER + ABSENT
    names = [address.removeprefix(f"{FOLDER}/") for address in found]
    slides = SLIDES if "slides.html" in names else ""
    rows = [_row(name, report) for name in names if name.startswith("runs/")]
    return HEADER + PRESENT.format(slides=slides) + table(["notebook", "parameters", "executed"], rows) + "\n"


def _row(name: str, report: Path) -> tuple[str, str, str]:
    path = report / name
    notebook = path.stem.rsplit("-", 1)[0]
    return f"`{notebook}`", _parameters(path.with_suffix(".ipynb")), f"[{path.stem}](default-grid/{name})"


def _parameters(notebook: Path) -> str:
    """The parameters that the grid gave to a notebook, as papermill recorded them."""
    import json

    if not notebook.is_file():
        return ""
    given = json.loads(notebook.read_text(encoding="utf-8"))["metadata"].get("papermill", {}).get("parameters", {})
    return ", ".join(f"{name} {value}" for name, value in given.items())
