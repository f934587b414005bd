"""Pictures a second in training, cold and from the cache, and milliseconds for one article through the export."""

import io
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich import box
from rich.table import Table
from tqdm.auto import tqdm

SIDE = 224
FITTED_ROWS = 600  # the exported model is fitted on so many rows of `catalogue`
TARGETS = {"cold": 40.0, "article": 40.0}  # pictures a second at least; milliseconds at most


def measure(pictures: int, articles: int, scratch: Path) -> Table:
    """Return the speeds beside the targets.

    Args:
        pictures: number of pictures of 224 x 224 pixels.
        articles: number of articles, one at a time.
        scratch: a folder for files.
    """
    from textlab.features.images import load_network

    values = resized(pictures, scratch)
    speeds = {}
    for name in ("cold", "from the cache"):
        network = load_network(folder=scratch / "features")
        network.features(values[:2], show_progress=False)  # building the graph is no part of it
        started = time.perf_counter()
        network.features(values)
        speeds[name] = len(values) / (time.perf_counter() - started)
    shown = Table("measure", "value", "target", box=box.MARKDOWN)
    shown.add_row("pictures a second, cold", f"{speeds['cold']:,.0f}", f"at least {TARGETS['cold']:.0f}")
    shown.add_row("pictures a second, from the cache", f"{speeds['from the cache']:,.0f}", "")
    taken = article_times(articles, scratch)
    shown.add_row(
        "one article through the export, median ms",
        f"{statistics.median(taken):.1f}",
        f"under {TARGETS['article']:.0f}",
    )
    shown.add_row("the same, 95 % ms", f"{float(np.quantile(taken, 0.95)):.1f}", "")
    return shown


def resized(count: int, scratch: Path) -> list[str]:
    """Return references to drawn articles, resized to 224 x 224 pixels and written as JPEG."""
    from PIL import Image

    from textlab import data
    from textlab.inputs import kind_of
    from textlab.inputs.references import file_reference

    frame = data.load("catalogue", rows=max(600, 2 * count)).train
    stored = kind_of("image").encode([value for value in frame["image"] if value][:count])
    values = []
    for number, content in enumerate(stored):
        written = io.BytesIO()
        Image.open(io.BytesIO(content)).convert("RGB").resize((SIDE, SIDE)).save(written, "JPEG", quality=90)
        path = scratch / f"{number}.jpg"
        path.write_bytes(written.getvalue())
        values.append(file_reference(str(path), written.getvalue()))
    return values


def article_times(articles: int, scratch: Path) -> list[float]:
    """Return the milliseconds of each article through an exported text_image, in the session that the service uses."""
    from api.model.bundle import check_bundle
    from api.model.engine import load
    from textlab import data
    from textlab.bundle_format.labels import write_labels
    from textlab.bundle_format.manifest import write_manifest
    from textlab.bundle_format.signature import EXTRA, write_signature
    from textlab.inputs import kind_of
    from textlab.models import family

    dataset = data.load("catalogue", rows=FITTED_ROWS)
    model = family("text_image")()
    model.fit(dataset.train, dataset.validation)
    bundle = scratch / "catalogue" / "1"
    model.export(bundle)
    (bundle / EXTRA).mkdir(exist_ok=True)
    write_signature(bundle, model.signature())
    write_labels(bundle, dataset.label_names)
    write_manifest(bundle)
    engine = load("session", bundle, check_bundle(bundle).signature, 1)
    has_both = (dataset.test["text"] != "") & (dataset.test["image"] != "")
    shown = dataset.test[has_both]
    columns = {name: kind_of(name).encode(shown[name]) for name in dataset.inputs}
    return list(tqdm(_timed(engine, columns, articles), total=articles, desc="articles", unit="article"))


def _timed(engine, columns: dict[str, Sequence[bytes]], articles: int):  # type: ignore[no-untyped-def]
    rows = len(next(iter(columns.values())))
    for number in range(articles):
        one = {name: [values[number % rows]] for name, values in columns.items()}
        started = time.perf_counter()
        engine.predict(one)
        yield 1000 * (time.perf_counter() - started)
