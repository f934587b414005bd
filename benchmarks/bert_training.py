"""Compare BERT's training speed with the Trainer of transformers: python benchmarks/bert_training.py --help

All variants fine-tune the same checkpoint on the same tweets, with the same batch size, learning rate and number of
steps. Otherwise the Trainer keeps its defaults; it runs once with every tweet padded to 128 word pieces, and once with
each batch padded to its longest tweet. The output is training tweets per second (training time only) and test macro
recall.

`--shape base` instead measures a network of BERT-base's size on a GPU, on synthetic tweets of 27 word pieces, with its
model FLOPs utilisation.
"""

import tempfile
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer
from rich.console import Console
from rich.table import Table

from textlab import data
from textlab.log import configure_logging
from textlab.models.transformer.checkpoint import Checkpoint, open_checkpoint, quiet_transformers

MAXIMUM_LENGTH = 128
TEST_TWEETS = 2_000
BASE_TWEETS, BASE_BATCH = 65_536, 512
PEAK_FLOPS = 989e12  # FLOP/s in bfloat16 without sparsity, from NVIDIA's data sheet for H100 and H200 (SXM)
TWEET_LENGTH, LENGTH_SPREAD = 27, 9  # word pieces per tweet: mean and standard deviation


def macro_recall(labels: pd.Series, scores: np.ndarray) -> float:
    from sklearn.metrics import recall_score

    return float(recall_score(labels, scores.argmax(axis=1), average="macro"))


def ours(
    train: pd.DataFrame, validation: pd.DataFrame, test: pd.DataFrame, settings: dict[str, Any], seed: int
) -> tuple[float, float]:
    """Train with textlab; return tweets per second and test macro recall."""
    from textlab.models.bert import BERT

    model = BERT(**settings, maximum_length=MAXIMUM_LENGTH, patience=2 * settings["epochs"], class_weight="none")
    model.fit(train, validation, seed=seed)
    speed = len(train) * settings["epochs"] / model.training_seconds
    return speed, macro_recall(test["label"], model.predict_proba(test["text"].tolist()))


def theirs(
    train: pd.DataFrame, test: pd.DataFrame, checkpoint: Checkpoint, settings: dict[str, Any], seed: int, padding: bool
) -> tuple[float, float]:
    """Train with the Trainer; pad each tweet to the maximum length, or each batch to its longest tweet."""
    import torch
    from transformers import DataCollatorWithPadding, PreTrainedTokenizerFast, Trainer, TrainingArguments

    tokenizer = PreTrainedTokenizerFast(tokenizer_object=checkpoint.tokenizer, pad_token="[PAD]")
    texts = {"train": train, "test": test}
    rows = {
        split: [
            tokenizer(text, truncation=True, max_length=MAXIMUM_LENGTH, padding="max_length" if padding else False)
            | {"label": label}
            for text, label in zip(frame["text"], frame["label"], strict=True)
        ]
        for split, frame in texts.items()
    }
    torch.manual_seed(seed)
    model = checkpoint.classifier(int(train["label"].max()) + 1, dropout=0.1)
    with tempfile.TemporaryDirectory() as scratch, quiet_transformers():
        arguments = TrainingArguments(
            output_dir=scratch,
            per_device_train_batch_size=settings["batch_size"],
            learning_rate=settings["learning_rate"],
            num_train_epochs=settings["epochs"],
            seed=seed,
            report_to="none",
            save_strategy="no",
            logging_strategy="no",
        )
        collator = DataCollatorWithPadding(tokenizer)
        trainer = Trainer(model, arguments, train_dataset=rows["train"], data_collator=collator)
        speed = trainer.train().metrics["train_samples_per_second"]
        return speed, macro_recall(test["label"], trainer.predict(rows["test"]).predictions)


def compare(dataset: str, tweets: int, settings: dict[str, Any], seed: int) -> None:
    loaded = data.load(dataset)
    train = loaded.train.sample(min(tweets, len(loaded.train)), random_state=seed).reset_index(drop=True)
    test = loaded.test.sample(min(TEST_TWEETS, len(loaded.test)), random_state=seed)
    checkpoint = open_checkpoint(settings["checkpoint"])
    results = {
        "Trainer, padded to 128": theirs(train, test, checkpoint, settings, seed, padding=True),
        "Trainer, padded to the longest in the batch": theirs(train, test, checkpoint, settings, seed, padding=False),
        "textlab": ours(train, loaded.validation.head(200), test, settings, seed),
    }
    table = Table("training", "tweets per second", "test macro recall", "speed-up by textlab", title=dataset)
    for name, (speed, recall) in results.items():
        table.add_row(name, f"{speed:,.1f}", f"{recall:.4f}", f"{results['textlab'][0] / speed:.2f}")
    Console().print(table)


def model_flops(config: Any, lengths: np.ndarray) -> float:
    """Return the floating-point operations of one training epoch, without padding and recomputation.

    Per token, 6 for each parameter, plus 12 times layers, width and length for attention: Chowdhery et al. 2022,
    "PaLM", appendix B.
    """
    width, layers = config.hidden_size, config.num_hidden_layers
    parameters = layers * (4 * width**2 + 2 * width * config.intermediate_size)
    return float(6 * parameters * lengths.sum() + 12 * layers * width * (lengths.astype(float) ** 2).sum())


def measure_base(seed: int) -> None:
    """Measure and print the training speed of BERT-base on a GPU, if there is one."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    from textlab.models.bert.loss import classification_loss, logits_of_texts
    from textlab.models.transformer.batches import DeviceTokens, Tokens
    from textlab.models.transformer.compilation import compiled
    from textlab.models.transformer.network import EncoderNetwork
    from textlab.models.transformer.recipe import Recipe
    from textlab.models.transformer.training import Training

    if not torch.cuda.is_available():
        Console().print("torch finds no GPU, so BERT-base was not measured. Run this on a machine with a GPU.")
        return
    random, config, device = np.random.default_rng(seed), BertConfig(), torch.device("cuda")
    drawn = random.normal(TWEET_LENGTH, LENGTH_SPREAD, BASE_TWEETS)
    lengths = np.clip(drawn, 4, MAXIMUM_LENGTH).astype(np.int64)
    numbers = random.integers(1_000, config.vocab_size, lengths.sum(), dtype=np.int32)
    tokens = DeviceTokens(Tokens(numbers, lengths), config.pad_token_id, device)
    model = BertForSequenceClassification(config).to(device)
    network = EncoderNetwork(model)
    labels, weights = random.integers(0, 2, BASE_TWEETS), np.ones(BASE_TWEETS, np.float32)
    logits = logits_of_texts(compiled(network, model, "always", device, 0, 0), tokens)
    loss = classification_loss(logits, device, labels, weights)
    recipe = Recipe(learning_rate=1e-5, batch_size=BASE_BATCH, epochs=1)
    for title in ("warm-up", "measured"):  # the first pass compiles
        training = Training(model, tokens, loss, recipe, seed=seed, device=device, title=title)
        training.run()
    seconds = training.progress.seconds
    utilisation = model_flops(config, lengths) / seconds / PEAK_FLOPS
    Console().print(
        f"BERT-base on {torch.cuda.get_device_name()}, batches of {BASE_BATCH}, {lengths.mean():.1f} word pieces per "
        f"tweet: {BASE_TWEETS / seconds:,.0f} tweets per second; model FLOPs utilisation {utilisation:.1%} of "
        f"{PEAK_FLOPS / 1e12:.0f} TFLOP/s."
    )


def main(
    dataset: Annotated[str, typer.Option(help="Dataset with the tweets.")] = "tweet_eval/sentiment",
    tweets: Annotated[int, typer.Option(help="Number of training tweets.")] = 4_000,
    checkpoint: Annotated[str, typer.Option(help="Checkpoint that all variants start from.")] = "minilm",
    epochs: Annotated[int, typer.Option(help="Passes over the training tweets.")] = 1,
    batch_size: Annotated[int, typer.Option(help="Tweets per step.")] = 32,
    learning_rate: Annotated[float, typer.Option(help="Peak learning rate.")] = 1e-4,
    seed: Annotated[int, typer.Option(help="Random seed.")] = 0,
    shape: Annotated[
        str, typer.Option(help="'base' measures BERT-base on a GPU and ignores all other options except the seed.")
    ] = "",
) -> None:
    """Train all variants on the same tweets; print speed, quality and ratios."""
    configure_logging()
    if shape not in ("", "base"):
        raise typer.BadParameter(f"Unknown shape '{shape}'. Available: base.")
    if shape:
        measure_base(seed)
        return
    settings = {"checkpoint": checkpoint, "epochs": epochs, "batch_size": batch_size, "learning_rate": learning_rate}
    compare(dataset, tweets, settings, seed)


if __name__ == "__main__":
    typer.run(main)
