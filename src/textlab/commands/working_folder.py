"""Make a working folder: what a laboratory needs beside the installed library."""

import shlex
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from textlab.commands.console import Verbose, errors_without_traceback
from textlab.paths import MARKER, replacing, supplies

IGNORED = """# Downloads, caches, runs, reports and promoted models
/data/raw/
/data/processed/
/mlruns/
/models/
/reports/
.ipynb_checkpoints/
"""
README = """# {name}

A working folder of textlab {version}.

```bash
textlab run                        # run the default grid, experiments/demo.yaml, and write its report
textlab run --list                 # grids, notebooks and their parameters
textlab ui                         # browse the runs in MLflow
textlab lab                        # open the notebooks in JupyterLab
textlab promote --champion --grid experiments/demo.yaml --name sentiment
textlab predict "not bad at all"
textlab serve                      # then: curl localhost:8000/predict --json '{{"text": "not bad at all"}}'
```

textlab finds this folder by the file `{marker}`, also from the folders inside it. Elsewhere, set `TEXTLAB_ROOT`.

| folder | content |
|---|---|
| `experiments/` | grids; `demo.yaml` is the default, and needs neither data nor network |
| `notebooks/` | one notebook for each model family, and a template |
| `data/` | downloads and caches |
| `mlruns/` | MLflow's record of every run |
| `reports/` | a report for each grid |
| `models/` | promoted models |

The first run creates the last four, and git ignores what textlab writes there. After an update of textlab, delete the
notebooks that you have not changed, and run `textlab init . --keep` for the new ones.
"""


def init(
    folder: Annotated[Path, typer.Argument(help="The folder. It is created if it does not exist.")],
    keep: Annotated[
        bool, typer.Option("--keep", help="Accept a folder that is not empty, and keep its files.")
    ] = False,
    verbose: Verbose = False,
) -> None:
    """Make a working folder with the notebooks, the grids and a README.

    A working folder holds the grids, runs, reports and promoted models of a
    project. A clone of textlab's repository needs none.
    """
    with errors_without_traceback(verbose) as console:
        if not keep and folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise ValueError(f"{folder} exists and is not empty. Name a new folder, or add --keep to keep its files.")
        written = kept = 0
        for name, content in _files(folder.resolve().name):
            path = folder / name
            if path.exists():
                kept += 1
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path) as partial:
                partial.write_bytes(content)
            written += 1
        of_before = f" Existing files, which are unchanged: {kept}." if kept else ""
        console.print(escape(f"{folder} has {written} new files: notebooks, grids and a README.{of_before}"))
        console.print(escape(f"Next: cd {shlex.quote(str(folder))} && textlab run"), soft_wrap=True)


def _files(name: str) -> Iterator[tuple[str, bytes]]:
    """The path and the content of each file; the marker is last, because it makes the folder complete."""
    supplied = supplies()
    for path in sorted([*supplied.glob("notebooks/*.ipynb"), *supplied.glob("experiments/*.yaml")]):
        yield path.relative_to(supplied).as_posix(), path.read_bytes()
    version = metadata.version("textlab")
    yield "README.md", README.format(name=name, version=version, marker=MARKER).encode()
    yield ".gitignore", IGNORED.encode()
    yield MARKER, f"A working folder of textlab, made by version {version}.\n".encode()
