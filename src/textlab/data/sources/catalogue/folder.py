"""The folder of a generated catalogue: its pictures, and a table of its articles. Both are written once."""

from pathlib import Path
from random import Random

import pandas as pd
from tqdm.auto import tqdm

from textlab import paths
from textlab.data.sources.catalogue.articles import Article, sample
from textlab.data.sources.catalogue.drawing.picture import draw
from textlab.data.sources.catalogue.texts import write
from textlab.inputs.references import file_reference

TABLE = "articles.csv"
SHARES = {"test": 0.2, "validation": 0.1}  # the rest is for training
IN_A_FOLDER = 1000  # pictures


def prepared(folder: Path, rows: int, seed: int) -> Path:
    """Return the folder of a catalogue, which is generated if it is not there.

    Args:
        folder: where it stands or will stand.
        rows: number of articles.
        seed: random seed.
    """
    from filelock import FileLock

    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_name(f".{folder.name}.lock")):  # the cells of a grid may start at the same time
        if not (folder / TABLE).is_file():
            paths.remove_partial(folder)
            with paths.replacing_folder(folder) as partial:
                _generate(partial, folder, rows, seed)
    return folder


def read(folder: Path) -> dict[str, pd.DataFrame]:
    """Return the articles of each split."""
    table = pd.read_csv(
        folder / TABLE, keep_default_na=False, dtype={"id": str, "text": str, "image": str, "tags": str}
    )
    return {
        split: table[table["split"] == split].drop(columns="split").reset_index(drop=True)
        for split in ("train", "validation", "test")
    }


def sizes(rows: int) -> dict[str, int]:
    """Return the number of articles in each split."""
    held_out = {split: round(share * rows) for split, share in SHARES.items()}
    return {"train": rows - sum(held_out.values())} | held_out


def _generate(partial: Path, folder: Path, rows: int, seed: int) -> None:
    random, written = Random(seed), set[str]()
    articles = [(split, article) for split, size in sizes(rows).items() for article in sample(random, size)]
    drawing = Random(f"pictures {seed}")  # a stream of its own, so that other words do not change the pictures
    table = []
    for number, (split, article) in enumerate(tqdm(articles, desc="catalogue", unit="article", leave=False)):
        name = f"{number // IN_A_FOLDER:03d}/{number % IN_A_FOLDER:03d}.png"
        row = {
            "id": f"catalogue-{number:06d}",
            "text": _new_text(random, article, written),
            "image": _new_picture(drawing, article, partial / name, paths.shown(folder / name)),
            "label": article.label,
            "tags": " ".join(article.tags),
            "split": split,
        }
        table.append(row)
    pd.DataFrame(table).to_csv(partial / TABLE, index=False)


def _new_picture(random: Random, article: Article, path: Path, shown: str) -> str:
    """Draw a picture into a file and return the reference to the place where it will stand; "" if there is none."""
    if article.picture is None:
        return ""
    content = draw(random, article.picture)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return file_reference(shown, content)


def _new_text(random: Random, article: Article, written: set[str]) -> str:
    """Write a text that no other article has; "" if the article has none."""
    while article.text is not None:
        text = write(random, article.text)
        if text.casefold() not in written:
            written.add(text.casefold())
            return text
    return ""
