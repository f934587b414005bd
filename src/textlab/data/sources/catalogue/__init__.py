"""`catalogue`: articles of an invented shop with drawn pictures; most need both their text and their picture.

Nine classes pair a use (camping, office, nursery) with a thing (mug, bag, chair). Of 36 % of the articles, the text
reveals only the use and the picture only the thing. `articles.KINDS` states all kinds. The column `tags` says who
decides (`both-needed`, `text-decides`, `picture-decides`, `either-decides`, `undecided`), which input is missing
(`no-text`, `no-picture`), and that a text is misleading or a picture wrong (`noise`).

Best possible scores, in percent, which `best_possible.best_possible` derives from the kinds:

    inputs         accuracy   macro F1   macro F1 of any rule
    text               54.8       54.8                   56.8
    image              54.8       54.8                   56.8
    text, image        95.3       95.3                   95.3

The first macro F1 is that of deciding for the most probable class. The last column is for a rule that knows the shares
of all kinds and sacrifices a class: it gives this class every article that it cannot know.

The dataset needs no download. Its pictures are generated once, into data/processed/catalogue.
"""

from textlab import paths
from textlab.data.dataset import Dataset
from textlab.data.preparation import Preparation
from textlab.data.sources.catalogue import folder
from textlab.data.sources.catalogue.articles import LABEL_NAMES
from textlab.data.sources.catalogue.best_possible import BestPossible, best_possible

__all__ = ["DESCRIPTION", "BestPossible", "best_possible", "load"]

DESCRIPTION = "8,000 articles of an invented shop with drawn pictures, 9 classes; text and picture are needed."
VERSION = "1"
INPUTS = ("text", "image")
FEWEST_ROWS, MOST_ROWS = 200, 100_000


def load(*, rows: int = 8000, seed: int = 13) -> Dataset:
    """Load the dataset, and generate it first if it is not there; the same options give the same bytes everywhere.

    It takes about a millisecond and 7 kB an article. 70 % of the rows are for training, 10 % for validation and 20 %
    for testing.

    Args:
        rows: number of articles.
        seed: random seed, the only source of chance.

    Raises:
        ValueError: the number of rows is outside of 200 to 100,000.
    """
    if not FEWEST_ROWS <= rows <= MOST_ROWS:
        raise ValueError(
            f"Option 'rows' of dataset 'catalogue' is {rows:,}. It must be from {FEWEST_ROWS} to {MOST_ROWS:,}."
        )
    place = paths.ROOT / "data" / "processed" / "catalogue" / f"version-{VERSION}-rows-{rows}-seed-{seed}"
    splits = folder.read(folder.prepared(place, rows, seed))
    return Dataset("catalogue", VERSION, LABEL_NAMES, *splits.values(), inputs=INPUTS, preparation=Preparation(rows))
