"""Measure how often the tests of pictures raise a false alarm, and how often they find a shift.

    python benchmarks/picture_drift.py FOLDER

The pictures of the folder, such as ../shared/data/openclipart/images, are divided at random into training and traffic,
so that nothing has moved but what a case moves. Copies count once. The look spends 5 % on the tests of pictures.
"""

import io
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from PIL import Image, ImageOps
from rich.console import Console
from rich.progress import track
from rich.table import Table

from textlab.evaluation.shift.text_table import text_table
from textlab.export.measured import Measured, together
from textlab.export.reference import Reference, describe_reference
from textlab.inputs.measures import PICTURE_TRAITS, Measures
from textlab.inputs.picture_measures import picture_measures
from textlab.monitoring.budget import decide
from textlab.monitoring.other_inputs import other_findings
from textlab.monitoring.traffic import Traffic
from textlab.monitoring.watched_input import WatchedInput

ALPHA = 0.05
TRAINING = 1_200
MOVED = 700  # pictures that each case changes
SIZES = (100, 300, 700)
POWER_SIZE = 300
SHARES = (0.1, 0.3, 1.0)
Change = Callable[[Image.Image], Image.Image]


def _darker(by: float) -> Change:
    return lambda image: Image.eval(image, lambda value: int(value * (1 - by)))


def _cropped(share: float) -> Change:
    return lambda image: image.crop(
        tuple(int(side * part) for side, part in zip(image.size * 2, (share, share, 1 - share, 1 - share), strict=True))
    )


def _on_gray(image: Image.Image) -> Image.Image:
    """Replace white by a light gray, as another background."""
    return Image.eval(image, lambda value: min(value, 235))


def _smaller(image: Image.Image) -> Image.Image:
    return image.resize((max(image.width // 2, 1), max(image.height // 2, 1)))


CASES: dict[str, tuple[Change, dict[str, object]]] = {
    "10 % darker": (_darker(0.1), {"format": "PNG"}),
    "30 % darker": (_darker(0.3), {"format": "PNG"}),
    "light gray background": (_on_gray, {"format": "PNG"}),
    "10 % cropped at each side": (_cropped(0.1), {"format": "PNG"}),
    "black and white": (lambda image: ImageOps.grayscale(image), {"format": "PNG"}),
    "JPEG of quality 30": (lambda image: image, {"format": "JPEG", "quality": 30}),
    "half the size": (_smaller, {"format": "PNG"}),
    "stretched by 20 %": (lambda image: image.resize((image.width * 6 // 5, image.height)), {"format": "PNG"}),
}


def encoded(image: Image.Image, **options: object) -> bytes:
    """Encode a picture."""
    written = io.BytesIO()
    image.save(written, **options)
    return written.getvalue()


def flattened(content: bytes) -> Image.Image:
    """Return a picture on white."""
    image = Image.open(io.BytesIO(content)).convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")


def reference_of(measures: list[Measures]) -> Reference:
    """Return a reference of pictures alone, none of which is missing."""
    empty = text_table([""]).take(np.arange(0))
    probabilities, random = np.full((len(measures), 2), 0.5), np.random.default_rng(0)
    labels, none = np.arange(len(measures)) % 2, np.zeros(0, dtype=np.int32)
    found = describe_reference(("a", "b"), labels, empty, none, empty, labels, probabilities, random)
    return replace(found, measured={"image": together(PICTURE_TRAITS, measures)}, missing={"image": 0.1})


def traffic_of(measures: list[Measures], random: np.random.Generator) -> Traffic:
    """Return traffic with these pictures, and 10 % more without any; each from a caller of its own."""
    measured: Measured = together(PICTURE_TRAITS, measures)
    count = len(measured) + random.binomial(len(measured), 0.1)
    rows = np.arange(count)
    watched = WatchedInput(
        rows, rows >= len(measured), rows[: len(measured)], rows[: len(measured)].astype(str), measured, True
    )
    probabilities = random.dirichlet([1, 1], count).astype(np.float32)
    names, none = rows.astype(str), np.zeros(count, dtype=np.int32)
    return Traffic(
        "catalogue", ("a", "b"), names, rows.astype(float), none, probabilities, names, none, rows[:0], [], {},
        {"image": watched},
    )  # fmt: skip


def count_alarms(pairs: Iterable[tuple[list[Measures], list[Measures]]]) -> Counter[str]:
    """Count the looks at pairs of training and traffic in which each test is below ALPHA, and those with an alarm."""
    counts: Counter[str] = Counter()
    for seed, (training, traffic) in enumerate(pairs):
        random = np.random.default_rng(seed)
        _, findings = other_findings(reference_of(training), traffic_of(traffic, random), seed)
        counts.update(finding.name for finding in findings if finding.p <= ALPHA)
        counts.update(["any"] * bool(decide(findings, ALPHA).alarms))
    return counts


def false_alarms(measures: list[Measures], repeats: int) -> Table:
    """Look at random parts of the same pictures."""
    names = ("domain classifier", "traits", "forms", "missing")
    table = Table("pictures", "looks", *(f"{name}: p <= 5 %" for name in names), "looks with an alarm")
    for size in SIZES:
        orders = (np.random.default_rng(seed).permutation(len(measures)) for seed in range(repeats))
        shuffled = ([measures[row] for row in order] for order in orders)
        counts = count_alarms((each[:TRAINING], each[TRAINING:][:size]) for each in shuffled)
        shares = [f"{100 * counts[name] / repeats:.1f}%" for name in (*(f"image: {name}" for name in names), "any")]
        table.add_row(str(size), str(repeats), *shares)
    return table


def power(contents: list[bytes], measures: list[Measures], repeats: int) -> Table:
    """Look at traffic of which a share was changed."""
    table = Table(f"{POWER_SIZE} pictures, of which", *(f"{100 * share:.0f} %" for share in SHARES))
    images = [flattened(content) for content in contents[TRAINING:][:MOVED]]
    plain = [picture_measures(encoded(flattened(content), format="PNG")) for content in contents]
    for case, (change, options) in track(CASES.items(), "Looking", transient=True):
        before = measures if options["format"] == "JPEG" else plain
        moved = [picture_measures(encoded(change(image), **options)) for image in images]
        found = []
        for share in SHARES:
            orders = [np.random.default_rng(seed).permutation(MOVED)[:POWER_SIZE] for seed in range(repeats)]
            changed = round(share * POWER_SIZE)
            mixed = (
                [moved[row] for row in order[:changed]] + [before[TRAINING + row] for row in order[changed:]]
                for order in orders
            )
            found.append(count_alarms((before[:TRAINING], each) for each in mixed)["any"] / repeats)
        table.add_row(case, *(f"{100 * each:.0f}%" for each in found))
    return table


def main(
    folder: Annotated[Path, typer.Argument(help="Folder of pictures.")],
    repeats: Annotated[int, typer.Option(help="Looks without a shift; a tenth as many with each.")] = 300,
) -> None:
    """Measure, and print the tables."""
    console, started = Console(width=140), time.process_time()
    paths = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in (".png", ".jpg", ".jpeg")]
    contents = list(dict.fromkeys(path.read_bytes() for path in track(paths, "Reading", transient=True)))
    measures = [picture_measures(content) for content in contents]
    seconds = time.process_time() - started
    order = np.random.default_rng(0).permutation([row for row, each in enumerate(measures) if each.traits])
    contents, measures = [contents[row] for row in order], [measures[row] for row in order]
    console.print(f"{len(measures):,} pictures, {1000 * seconds / len(paths):.1f} ms each")
    console.print(false_alarms(measures, repeats))
    console.print(power(contents, measures, max(repeats // 10, 1)))
    console.print(f"{time.process_time() - started:.0f} s of processor time")


if __name__ == "__main__":
    typer.run(main)
