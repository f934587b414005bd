"""Compare exported encoders with ONNX Runtime on a CPU: python benchmarks/encoder_serving.py --help

The same fine-tuned encoder answers the same tweets, from strings to probabilities: textlab's SavedModel, called as the
service calls it, and ONNX Runtime with `tokenizers` before it. Both compute in float32 and in int8 (ONNX Runtime:
dynamic, weights by column). ONNX Runtime pads the tweets of a batch to the longest; textlab computes only attention
with padding. Each thread count has a process of its own, in which the candidates take turns, so that a busy machine
slows all of them down.

ONNX Runtime is no dependency of textlab: pip install onnx onnxruntime onnxscript
"""

import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from textlab import data
from textlab.log import configure_logging
from textlab.models.transformer.precision import TEXTS_SEEN

ROOT = Path(__file__).parents[1]
BATCH, WARM_UP = 64, 20
MAXIMUM_LENGTH = 128
Answer = Callable[[list[str]], np.ndarray]


def need_peers() -> None:
    """Stop with a message if ONNX Runtime is not installed."""
    try:
        import onnx  # noqa: F401
        import onnxruntime  # noqa: F401
        import onnxscript  # noqa: F401
    except ImportError as error:
        sys.exit(f"The benchmark needs {error.name}. Run: pip install onnx onnxruntime onnxscript")


def fine_tune(folder: Path, dataset: str, tweets: int) -> None:
    """Fine-tune MiniLM on the first training tweets for an epoch and save it."""
    from textlab.models.bert import BERT

    splits = data.load(dataset)
    model = BERT(epochs=1, maximum_length=MAXIMUM_LENGTH)
    model.fit(splits.train.head(tweets), splits.validation, seed=1)
    model.save(folder)


def write_onnx(folder: Path, target: Path) -> None:
    """Write the encoder as ONNX in float32, with the fusions of ONNX Runtime for transformers, and in int8."""
    import onnx
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.transformers.optimizer import optimize_model
    from transformers import AutoModelForSequenceClassification

    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()

    class Probabilities(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, ids: Any, mask: Any) -> Any:
            return torch.softmax(self.model(input_ids=ids, attention_mask=mask).logits, dim=-1)

    numbers = torch.ones((2, 8), dtype=torch.int64)
    axes = {name: {0: "texts", 1: "tokens"} for name in ("ids", "mask")}
    names = {"input_names": ["ids", "mask"], "output_names": ["probabilities"], "dynamic_axes": axes}
    path = target / "float32.onnx"
    torch.onnx.export(Probabilities().eval(), (numbers, numbers), str(path), dynamo=False, opset_version=17, **names)
    sizes = {"num_heads": model.config.num_attention_heads, "hidden_size": model.config.hidden_size}
    optimize_model(str(path), "bert", opt_level=1, **sizes).save_model_to_file(str(path))
    # The types of what the fused operations return are not known to the quantiser, which needs to be told.
    options = {"DefaultTensorType": onnx.TensorProto.FLOAT}
    quantize_dynamic(path, target / "int8.onnx", per_channel=True, weight_type=QuantType.QInt8, extra_options=options)


def write_saved_models(folder: Path, target: Path, texts: list[str]) -> None:
    """Write textlab's SavedModels in float32 and in int8; the texts give the scales."""
    from textlab.models.bert.graph import export_bert
    from textlab.models.bert.rounding import note_largest_inputs

    note_largest_inputs(folder, texts, MAXIMUM_LENGTH)
    for precision in ("float32", "int8"):
        export_bert(folder, target / precision, MAXIMUM_LENGTH, precision=precision)


def by_textlab(saved_model: Path, threads: int) -> Answer:
    """Return textlab's export as the service calls it: TensorFlow's C library, each call in its own thread."""
    from tensorflow.core.protobuf import saved_model_pb2

    sys.path.insert(0, str(ROOT))
    from api.model.engine import GraphSignature
    from api.model.session import Session

    found = saved_model_pb2.SavedModel.FromString((saved_model / "saved_model.pb").read_bytes())
    stated = found.meta_graphs[0].signature_def["serving_default"]
    answer = stated.outputs["probabilities"]
    classes = answer.tensor_shape.dim[1].size
    inputs = {name: tensor.name for name, tensor in stated.inputs.items()}
    session = Session(saved_model, GraphSignature(inputs, "probabilities", answer.name, classes), threads)
    return lambda texts: session.predict({"text": [text.encode() for text in texts]})


def by_onnx(path: Path, tokenizer_file: Path, threads: int) -> Answer:
    import onnxruntime
    from tokenizers import Tokenizer

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    tokenizer.enable_truncation(MAXIMUM_LENGTH)
    tokenizer.enable_padding()

    def answer(texts: list[str]) -> np.ndarray:
        encoded = tokenizer.encode_batch(texts)
        ids, mask = (
            np.array([getattr(each, part) for each in encoded], np.int64) for part in ("ids", "attention_mask")
        )
        return np.asarray(session.run(["probabilities"], {"ids": ids, "mask": mask})[0])

    return answer


def measure(folder: Path, models: Path, texts: list[str], threads: int, calls: int) -> dict[str, dict[str, Any]]:
    """Return the milliseconds of single tweets, tweets a second in batches as they come and sorted, and the answers."""
    candidates = {f"textlab {each}": by_textlab(models / each, threads) for each in ("float32", "int8")}
    for each in ("float32", "int8"):
        candidates[f"ONNX Runtime {each}"] = by_onnx(models / f"{each}.onnx", folder / "tokenizer.json", threads)
    found: dict[str, dict[str, Any]] = {name: {"one": [], "unsorted": 0.0, "sorted": 0.0} for name in candidates}
    for call in range(WARM_UP + calls):
        for name, answer in candidates.items():
            started = time.perf_counter()
            answer([texts[call % len(texts)]])
            found[name]["one"].append(time.perf_counter() - started)
    by_length = sorted(texts, key=len)
    for order, tweets in (("unsorted", texts), ("sorted", by_length)):
        answers: dict[str, list[np.ndarray]] = {name: [] for name in candidates}
        for answer in candidates.values():
            answer(tweets[:BATCH])
        for start in range(0, len(tweets), BATCH):
            for name, answer in candidates.items():
                started = time.perf_counter()
                answers[name].append(answer(tweets[start : start + BATCH]))
                found[name][order] += time.perf_counter() - started
        if order == "unsorted":
            for name in candidates:
                found[name]["answers"] = np.concatenate(answers[name])
    return found


def main(
    folder: Annotated[Path | None, typer.Argument(help="Folder of a fine-tuned encoder; MiniLM if left out.")] = None,
    dataset: Annotated[str, typer.Option(help="Dataset with the tweets.")] = "tweet_eval/sentiment",
    tweets: Annotated[int, typer.Option(help="Test tweets that are answered.")] = 2_000,
    training_tweets: Annotated[int, typer.Option(help="Tweets that MiniLM is fine-tuned on.")] = 10_000,
    calls: Annotated[int, typer.Option(help="Calls with one tweet.")] = 500,
    threads: Annotated[list[int], typer.Option(help="Numbers of threads.")] = [1, 2],  # noqa: B006
) -> None:
    """Measure speed and score of each export, and print a table."""
    from sklearn.metrics import recall_score

    configure_logging()
    need_peers()
    splits = data.load(dataset)
    test = dict(splits.splits())["test"].head(tweets)
    texts, seen = test["text"].tolist(), splits.train["text"].tolist()
    seen = seen[:: max(1, len(seen) // TEXTS_SEEN)][:TEXTS_SEEN]
    spawn = multiprocessing.get_context("spawn")

    def apart(work: Callable[..., Any], *arguments: Any) -> Any:
        with ProcessPoolExecutor(1, spawn) as process:  # TensorFlow and torch do not share a process well
            return process.submit(work, *arguments).result()

    with tempfile.TemporaryDirectory() as scratch:
        models = Path(scratch)
        if folder is None:
            folder = models / "minilm"
            apart(fine_tune, folder, dataset, training_tweets)
        apart(write_onnx, folder, models)
        apart(write_saved_models, folder, models, seen)
        table = Table("export", "threads", "one tweet, p50", "tweets a second", "sorted", "macro recall", title=dataset)
        for count in threads:
            for name, found in apart(measure, folder, models, texts, count, calls).items():
                table.add_row(
                    name,
                    str(count),
                    f"{1e3 * np.median(found['one'][WARM_UP:]):.2f} ms",
                    f"{len(texts) / found['unsorted']:,.0f}",
                    f"{len(texts) / found['sorted']:,.0f}",
                    f"{100 * recall_score(test['label'], found['answers'].argmax(axis=1), average='macro'):.2f}",
                )
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
