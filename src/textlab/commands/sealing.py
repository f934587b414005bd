"""Seal files of texts with a key, open them again, and change the key."""

import os
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from textlab.commands.console import Verbose, errors_without_traceback
from textlab.paths import shown
from textlab.sealing.purposes import FEEDBACK, SHADOW, TRAFFIC
from textlab.wording import shortlist

if TYPE_CHECKING:
    from textlab.sealing import Keys

LONG_BYTES = 20_000_000  # a shorter file takes less than a second and shows no progress bar

Files = Annotated[list[Path], typer.Argument(metavar="FILE...", help="The files.", show_default=False)]
Rewrite = Callable[[Path, Callable[[int], None]], None]


def seal(
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE]...", help="The files to seal.", show_default=False)
    ] = None,
    purpose: Annotated[
        str | None,
        typer.Option(help="What the lines are for. By default: traffic or shadow in such a folder, else feedback."),
    ] = None,
    new_key: Annotated[
        str | None, typer.Option(metavar="ID", help="Make a key with this id, such as 2026-11, instead of sealing.")
    ] = None,
    keys_file: Annotated[
        Path | None,
        typer.Option(
            help="The file that the new key is written to. By default: the one that TEXTLAB_SEAL_KEYS_FILE names."
        ),
    ] = None,
    verbose: Verbose = False,
) -> None:
    """Encrypt files of texts in their place, or make a key.

    Each FILE is a text file, such as feedback.jsonl. The first key of
    TEXTLAB_SEAL_KEYS or of the file that TEXTLAB_SEAL_KEYS_FILE names seals it
    with AES-256-GCM. The service and datasets read sealed files if they get the
    same variable. Whoever loses the key loses the texts.

    --new-key ID puts a new random key at the top of the file of keys. No key is
    ever printed.
    """
    with errors_without_traceback(verbose) as console:
        from textlab.sealing.key_files import add_key
        from textlab.sealing.rewriting import seal_file

        if bool(files) == (new_key is not None):
            raise ValueError("Both or neither of FILE and --new-key were given. Give one of them.")
        if new_key is None:
            keys = _keys()
            _rewrite(
                console,
                files or [],
                lambda path, progress: seal_file(path, purpose or _purpose(path), keys, progress),
                "is sealed",
            )
            return
        path = _keys_file(keys_file)
        add_key(path, new_key)
        console.print(
            f"{escape(shown(path))} holds the key '{new_key}', which seals what is written from now on. Keep a copy of "
            f"the file elsewhere, and set TEXTLAB_SEAL_KEYS_FILE={escape(str(path))} for the service and for textlab.",
            soft_wrap=True,
        )


def unseal(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The sealed file.", show_default=False)],
    output: Annotated[
        Path | None, typer.Option(help="A new file for the texts. By default, they take the place of FILE.")
    ] = None,
    skip_damaged: Annotated[
        bool,
        typer.Option("--skip-damaged", help="Leave out records that do not open, and say in which lines they are."),
    ] = False,
    verbose: Verbose = False,
) -> None:
    """Decrypt a sealed file.

    If a line was changed, moved, repeated or left out, nothing is written, and the
    error names that line. --skip-damaged writes what can be saved to --output.
    """
    with errors_without_traceback(verbose) as console:
        from textlab.sealing.rewriting import unseal_file

        keys = _keys()
        if skip_damaged and output is None:
            raise ValueError("--skip-damaged was given without --output. Name a file for what can be saved.")
        damaged: list[str] = []
        on_damage = (lambda line: damaged.append(str(line))) if skip_damaged else None
        done = "is in the clear" if output is None else f"is unchanged; {output} holds its texts in the clear"
        _rewrite(console, [file], lambda path, progress: unseal_file(path, keys, output, progress, on_damage), done)
        if damaged:
            console.print(f"Left out, because they do not open: line {shortlist(damaged)}.", soft_wrap=True)


def rotate(files: Files, verbose: Verbose = False) -> None:
    """Seal sealed files anew with the first key.

    Put the new key before the others, restart the service, and rotate its files.
    Remove the former key when they are done and no remembered prediction is older.
    A file that the service is writing to is left out; the exit code is then 2.
    """
    with errors_without_traceback(verbose) as console:
        from textlab.sealing.rewriting import rotate_file

        keys = _keys()
        done = f"is sealed with the key '{keys.current}'"
        _rewrite(console, files, lambda path, progress: rotate_file(path, keys, progress), done)


def _keys() -> "Keys":
    """The keys of the environment.

    Raises:
        ValueError: there are none, or one is not valid.
    """
    from textlab.sealing import Keys
    from textlab.sealing.key_files import SET_KEYS

    keys = Keys.from_environment()
    if keys is None:
        raise ValueError(f"No key is set. {SET_KEYS} `python -m textlab seal --new-key ID` makes one.")
    return keys


def _purpose(path: Path) -> str:
    """Return the purpose of a file, which follows from the folder that the service writes it to."""
    folder = path.resolve().parent.name
    return folder if folder in (TRAFFIC, SHADOW) else FEEDBACK


def _keys_file(path: Path | None) -> Path:
    from textlab.sealing.key_files import FILE_VARIABLE

    named = os.environ.get(FILE_VARIABLE, "")
    if path is None and not named:
        raise ValueError(f"There is no file for the new key. Name it with --keys-file or {FILE_VARIABLE}.")
    return path or Path(named)


def _rewrite(console: Console, files: Iterable[Path], rewrite: Rewrite, done: str) -> None:
    """Rewrite each file. A file that cannot be rewritten does not keep the others from it.

    Raises:
        ValueError: some files could not be rewritten.
    """
    failed = []
    for path in files:
        try:
            _with_progress(path, partial(rewrite, path))
        except (ValueError, OSError) as error:
            failed.append(str(error))
        else:
            console.print(escape(f"{shown(path)} {done}."), soft_wrap=True)
    if failed:
        raise ValueError("\n".join(failed))


def _with_progress(path: Path, rewrite: Callable[[Callable[[int], None]], None]) -> None:
    from tqdm import tqdm

    size = path.stat().st_size if path.is_file() else 0
    with tqdm(total=size, desc=path.name, unit="B", unit_scale=True, disable=size < LONG_BYTES) as bar:

        def progress(position: int) -> None:
            bar.update(position - bar.n)

        rewrite(progress)
