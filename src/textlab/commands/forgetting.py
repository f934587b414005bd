"""Delete documents of a search model wherever they are kept."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from textlab.commands.console import Name, Verbose, errors_without_traceback
from textlab.commands.indexing import Json, ids_of
from textlab.commands.promotion import Swap
from textlab.log import in_working_folder
from textlab.paths import MODELS, shown


@in_working_folder
def forget(
    name: Name,
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID...", help="The documents.")] = None,
    file: Annotated[Path | None, typer.Option(help="A file with an id on each line.")] = None,
    folder: Annotated[
        list[Path] | None,
        typer.Option(help="Also delete from files in this folder, such as profile snapshots or backups. Repeatable."),
    ] = None,
    swap: Swap = None,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Delete documents, such as the profile of a person, for good.

    They go from every number of NAME, from MLflow's registered versions, and from
    the runs that the numbers come from. In each --folder they go from bundles and
    indexes, and from the lines of .jsonl, .csv and .tsv files that name them.

    If the champion held them, the cleaned index becomes the next number. Switch the
    service with --swap URL: until then it holds the documents in memory.

    At the end every file is searched for the texts, and files that still hold one
    are listed. Exit code 1 means that something remains. Links are not followed,
    archives and sealed files are not opened, and a copy in PostgreSQL needs another
    upload. A deletion cannot be undone.
    """
    with errors_without_traceback(verbose) as console:
        from textlab.promotion.forgetting import forget as forget_documents
        from textlab.promotion.service import check_swap, swapped

        check_swap(swap, name)
        with console.status("Deleting documents"):
            forgotten = forget_documents(name, MODELS, ids_of(ids, file), folder or [])
        sentences = [f"{shown(path)}: {what} deleted." for path, what in forgotten.changed]
        champion = forgotten.champion
        if champion is not None:
            sentences.insert(0, f"{shown(champion.folder)} is the champion now. Its index does not hold the documents.")
            sentences.append(swapped(swap, champion.folder))
        sentences += forgotten.elsewhere
        sentences += [
            f"{shown(path)} still holds a text of a document. Delete it by hand." for path in forgotten.remaining
        ]
        if as_json:
            document = {
                "champion": shown(champion.folder) if champion else None,
                "changed": {shown(path): what for path, what in forgotten.changed},
                "elsewhere": list(forgotten.elsewhere),
                "remaining": [shown(path) for path in forgotten.remaining],
            }
            typer.echo(json.dumps(document, ensure_ascii=False))
        else:
            for sentence in sentences:
                console.print(escape(sentence), soft_wrap=True)
    if forgotten.remaining or forgotten.elsewhere:
        raise typer.Exit(1)
