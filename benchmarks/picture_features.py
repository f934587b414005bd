"""Measure the features of pictures: python benchmarks/picture_features.py training | export

`training` computes features of JPEG pictures of 224 x 224, decoding included, as a training does without its cache. Its
peer is the original network in torch, with batch normalisation, fed by Pillow. The two take turns on the same cores.
`export` answers one picture at a time, in a session of TensorFlow as the service has it.
"""

import io
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from text_image_parts.textbook import picture_network

from textlab.features.images import load_network
from textlab.features.images.graph import CENTRE, SCALE
from textlab.inputs.references import inline_reference

TURNS = 5
BATCH = 16
SIDE = 224
app = typer.Typer(add_completion=False, help=__doc__)
Threads = Annotated[int, typer.Option(help="Threads of TensorFlow and torch.")]


def jpeg(seed: int) -> bytes:
    """Return a picture of soft shapes and some noise."""
    from PIL import Image

    generator = np.random.default_rng(seed)
    soft = Image.fromarray(generator.integers(0, 256, (7, 7, 3), dtype=np.uint8)).resize((SIDE, SIDE), 3)
    noisy = np.clip(np.asarray(soft) + generator.normal(0, 8, (SIDE, SIDE, 3)), 0, 255).astype(np.uint8)
    written = io.BytesIO()
    Image.fromarray(noisy).save(written, "JPEG", quality=90)
    return written.getvalue()


def fed_by_pillow(model: Any, pictures: list[bytes]) -> np.ndarray:
    """Return the features of pictures as a textbook computes them."""
    import torch
    from PIL import Image

    features = []
    for start in range(0, len(pictures), BATCH):
        opened = [Image.open(io.BytesIO(picture)).convert("RGB") for picture in pictures[start : start + BATCH]]
        pixels = np.stack([np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BILINEAR)) for image in opened])
        given = torch.from_numpy((pixels.transpose(0, 3, 1, 2).astype(np.float32) - CENTRE) / SCALE)
        with torch.inference_mode():
            features.append(model(given).numpy())
    return np.concatenate(features)


def timed(compute: Callable[[], Any]) -> tuple[float, float]:
    """Return the wall time and the processor time of one call, in seconds."""
    wall, processor = time.perf_counter(), time.process_time()
    compute()
    return time.perf_counter() - wall, time.process_time() - processor


@app.command()
def training(count: int = 256, threads: Threads = 2) -> None:
    """Compare with the original network, in pictures a second."""
    import tensorflow as tf
    import torch

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    torch.set_num_threads(threads)
    pictures = [jpeg(seed) for seed in range(count)]
    values = [inline_reference(picture) for picture in pictures]
    features, model = {}, picture_network()

    def ours() -> None:
        with tempfile.TemporaryDirectory() as folder:
            features["textlab"] = load_network(folder=Path(folder)).features(values, show_progress=False)

    def peer() -> None:
        features["torch and Pillow"] = fed_by_pillow(model, pictures)

    turns = {"textlab": ours, "torch and Pillow": peer}
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in turns}
    for _ in range(TURNS):
        for name, compute in turns.items():
            times[name].append(timed(compute))
    lowest = {name: np.min(seconds, axis=0) for name, seconds in times.items()}
    for name, (wall, processor) in lowest.items():
        each = 1000 * processor / count
        print(f"{name:17} {count / wall:6.0f} pictures a second, {each:5.1f} ms of processor time each")
    print(f"ratio of the processor times {lowest['torch and Pillow'][1] / lowest['textlab'][1]:.2f}")
    difference = np.abs(features["textlab"] - features["torch and Pillow"])
    print(f"features differ by {difference.mean():.4f} in the mean (the JPEG decoders round differently)")


@app.command()
def export(count: int = 200, threads: Threads = 2) -> None:
    """Answer one picture at a time in a session, as the service does."""
    import tensorflow as tf
    from tensorflow.python.saved_model.loader_impl import SavedModelLoader

    pictures = [jpeg(seed) for seed in range(count)]
    module = tf.Module()
    module.network = load_network().in_graph()
    signature = [tf.TensorSpec([None], tf.string, name="image")]
    serve = tf.function(lambda image: {"embedding": module.network(image)}, input_signature=signature)
    config = tf.compat.v1.ConfigProto(intra_op_parallelism_threads=threads)
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder, signatures=serve)
        with tf.Graph().as_default(), tf.compat.v1.Session(config=config) as session:
            stated = SavedModelLoader(folder).load(session, ["serve"]).signature_def["serving_default"]
            given, wanted = stated.inputs["image"].name, stated.outputs["embedding"].name
            session.run(wanted, {given: pictures[:1]})

            def answer(picture: bytes) -> None:
                session.run(wanted, {given: [picture]})

            times = 1000 * np.array([timed(partial(answer, picture)) for picture in pictures])
    wall, processor = np.percentile(times[:, 0], [0, 50, 95]), np.median(times[:, 1])
    milliseconds = f"fastest {wall[0]:.1f} ms, median {wall[1]:.1f}, 95 % {wall[2]:.1f}; processor {processor:.1f}"
    print(f"{threads} threads: {milliseconds}")


if __name__ == "__main__":
    app()
