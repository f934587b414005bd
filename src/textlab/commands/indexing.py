"""Add documents to the index of a search model, remove them, and describe it."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from textlab.commands.console import Name, Verbose, errors_without_traceback
from textlab.commands.promotion import Swap
from textlab.log import import_tensorflow, in_working_folder
from textlab.paths import MODELS, shown

if TYPE_CHECKING:
    from textlab.promotion.champion import Promoted

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of sentences.")]

index = typer.Typer(
    help="Change the documents that a promoted search model finds. The model itself stays as it is.",
    no_args_is_help=True,
    epilog="""Examples:

python -m textlab index add --name people --file new.jsonl

python -m textlab index add --name people --file changed.jsonl --replace --swap http://127.0.0.1:8000

python -m textlab index remove --name people ada ben

python -m textlab index info --name people

python -m textlab index upload --name people --postgres postgresql://search@db.example.org/search
""",
)


@index.command("add")
@in_working_folder
def add(
    name: Name,
    file: Annotated[
        Path, typer.Option(help="JSON lines with the keys id, text, optionally title, and the index's fields.")
    ],
    replace: Annotated[
        bool, typer.Option("--replace", help="A document replaces the one in the index that has its id.")
    ] = False,
    swap: Swap = None,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Add documents to the index of NAME.

    A line of the file is a document, such as

    {"id": "ada", "title": "Ada", "text": "writes C++ servers", "place": "Berlin"}

    BEIR's layout, with _id and metadata, is read too. Only the new documents are
    encoded. The result is the next number of the model and becomes its champion;
    rollback restores the index before. If a line is wrong, nothing changes.
    """
    with errors_without_traceback(verbose) as console:
        from textlab.promotion.catalog import promoted_folder
        from textlab.promotion.document_files import read_documents
        from textlab.promotion.indexes import add_to_index, settings_of_index
        from textlab.promotion.service import check_swap

        check_swap(swap, name)
        documents = read_documents(file, settings_of_index(promoted_folder(MODELS, name)))
        import_tensorflow()
        _say(console, add_to_index(name, MODELS, documents, replace), {"added": len(documents)}, swap, as_json)


@index.command("remove")
@in_working_folder
def remove(
    name: Name,
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID...", help="The documents.")] = None,
    file: Annotated[Path | None, typer.Option(help="A file with an id on each line.")] = None,
    swap: Swap = None,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Remove documents from the index of NAME.

    The result is the next number of the model and becomes its champion. Older
    numbers keep the documents, so that rollback restores them. To delete a person
    everywhere, use forget.
    """
    with errors_without_traceback(verbose) as console:
        from textlab.promotion.indexes import remove_from_index
        from textlab.promotion.service import check_swap

        check_swap(swap, name)
        chosen = ids_of(ids, file)
        with console.status("Removing documents"):
            promoted = remove_from_index(name, MODELS, chosen)
        _say(console, promoted, {"removed": len(chosen)}, swap, as_json)


@index.command("info")
@in_working_folder
def info(
    name: Name,
    number: Annotated[int | None, typer.Option(help="The model's number.", show_default="the champion")] = None,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Describe the index of NAME: documents, fields, size, and what storing vectors in fewer bits costs."""
    with errors_without_traceback(verbose) as console:
        from textlab.promotion.catalog import promoted_folder
        from textlab.promotion.indexes import index_facts

        folder = promoted_folder(MODELS, name, number)
        facts = index_facts(folder)
        if as_json:
            typer.echo(json.dumps({"folder": shown(folder)} | facts, ensure_ascii=False))
            return
        for line in _described(shown(folder), facts):
            console.print(escape(line), soft_wrap=True)


@index.command("upload")
@in_working_folder
def upload(
    name: Name,
    postgres: Annotated[
        str, typer.Option(metavar="URL", help="The database, such as postgresql://search@db.example.org/search.")
    ],
    number: Annotated[int | None, typer.Option(help="The model's number.", show_default="the champion")] = None,
    verbose: Verbose = False,
) -> None:
    """Copy the index of NAME into PostgreSQL with pgvector.

    Nothing is encoded again. An earlier copy under this name is replaced when the
    new one is complete. Put a password into PGPASSWORD or a password file. After
    changing the index, or deleting a person with forget, upload again.
    """
    with errors_without_traceback(verbose) as console:
        from tqdm.auto import tqdm

        from textlab.bundle_format.retrieval_task import INDEX
        from textlab.promotion.catalog import promoted_folder
        from textlab.promotion.indexes import settings_of_index
        from textlab.search import Index
        from textlab.search.postgres_writing import upload as upload_documents

        folder = promoted_folder(MODELS, name, number)
        settings = settings_of_index(folder)
        source = Index(folder / INDEX)
        pairs = zip(source.documents(), source.vectors(), strict=True) if settings.dimension else iter(())
        with tqdm(pairs, total=source.count, desc="Uploading documents", unit="document") as shown_pairs:
            count = upload_documents(postgres, name, settings, source.encoder, shown_pairs)
        console.print(f"The database holds {count:,} documents of {shown(folder)} as '{name}'.", soft_wrap=True)


def ids_of(ids: list[str] | None, file: Path | None) -> list[str]:
    """Return the ids that were named as arguments and in a file, each once.

    Raises:
        ValueError: there is none.
    """
    lines = file.read_text(encoding="utf-8").splitlines() if file else []
    chosen = list(dict.fromkeys([*(ids or []), *(line.strip() for line in lines if line.strip())]))
    if not chosen:
        raise ValueError("No ids were given. Name documents as arguments, or give --file with an id on each line.")
    return chosen


def _say(console: Console, promoted: "Promoted", facts: dict[str, int], swap: str | None, as_json: bool) -> None:
    from textlab.promotion.indexes import index_facts
    from textlab.promotion.service import swapped

    count = index_facts(promoted.folder)["documents"]
    switched = swapped(swap, promoted.folder)
    if as_json:
        document = {"folder": shown(promoted.folder), "documents": count, "previous": promoted.previous} | facts
        typer.echo(json.dumps(document))
        return
    done = ", ".join(f"{number:,} {act}" for act, number in facts.items())
    name = promoted.folder.parent.name
    console.print(
        f"{shown(promoted.folder)} is the champion: {count:,} documents, {done}. python -m textlab rollback --name "
        f"{name} goes back to number {promoted.previous}.",
        soft_wrap=True,
    )
    console.print(escape(switched), soft_wrap=True)


def _described(folder: str, facts: dict[str, Any]) -> list[str]:
    """Return the lines that describe an index."""
    vectors = f"vectors of {facts['dimension']} numbers ({facts['vector_type']})" if facts["dimension"] else ""
    ranked = " and ".join(filter(None, (vectors, "terms (BM25)" if facts["terms"] else "")))
    lines = [f"{folder}: {facts['documents']:,} documents, {facts['megabytes']:,} MB, ranked by {ranked}."]
    for name, field in facts["fields"].items():
        values = field["values"]
        shown_values = f"{values[0]:g} to {values[1]:g}" if field["kind"] == "number" else ", ".join(values)
        lines.append(f"Field {name} ({field['kind']}): {shown_values or 'no values'}.")
    loss = facts["loss"]
    if loss:
        lines.append(
            f"Loss of {facts['vector_type']} on {loss['documents']:,} documents: mean error of the cosine "
            f"{loss['mean_error']:.1e}, largest {loss['largest_error']:.1e}, recall@10 {loss['recall_10']:.3f}."
        )
    if "first_pass_recall_10" in loss:
        lines.append(f"Recall@10 of the first pass over signs: {loss['first_pass_recall_10']:.3f}.")
    return lines
