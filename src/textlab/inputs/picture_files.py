"""Read the picture that a cell of a table names: a path relative to the table's folder, which it must not leave."""

from pathlib import Path

from .pictures import Limits, PictureError

CORRECT = "Correct the path: it starts at the folder of the table."


def read_file(path: str, folder: Path, most: int = Limits.bytes) -> bytes:
    """Return the content of a file in a folder or below it, unchecked.

    Args:
        path: the path from the folder to the file.
        folder: the folder of the table that names the path.
        most: of a file with more bytes than this, one more is read, which shows that it is too large.

    Raises:
        PictureError: the path or a link leads out of the folder, or there is no such file.
    """
    try:
        named = folder / path
        found = named.resolve()
        is_inside = not Path(path).is_absolute() and found.is_relative_to(folder.resolve())
        if is_inside and named.is_file():  # "absent/../cup.png" is none, though it resolves to one
            with found.open("rb") as file:
                return file.read(most + 1)
        is_there = is_inside and named.exists()
    except (OSError, ValueError, RuntimeError):  # a name too long or with NUL, a loop of links, a lack of rights
        raise PictureError(f"The file cannot be read. {CORRECT}") from None
    if not is_inside:
        raise PictureError("It lies outside the folder of the table. Put the pictures beside the table or below it.")
    raise PictureError(f"It is {'no file' if is_there else 'not there'}. {CORRECT}")
