"""A checkpoint: the weights, configuration and tokenizer from which training starts."""

import copy
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textlab.models.transformer.location import ALTERNATIVES, check_files, checkpoint_folder
from textlab.models.transformer.tokenizer import read_tokenizer, tiny_tokenizer

TINY = "tiny"


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A BERT from which training starts.

    Attributes:
        folder: holds config.json, model.safetensors and the tokenizer; None for random weights.
        config: a `transformers.BertConfig`.
        tokenizer: a `tokenizers.Tokenizer` for WordPiece.
    """

    folder: Path | None
    config: Any
    tokenizer: Any

    def load(self, model_class: Any, may_lack: Sequence[str] = ("pooler.", "cls."), **settings: Any) -> Any:
        """Return a model of transformers with these weights, in float32; torch draws missing ones at random.

        Args:
            model_class: the class of the model, such as `transformers.BertModel`.
            may_lack: weights may be missing if their names contain one of these.
            settings: values of the configuration, such as hidden_dropout_prob=0.2.

        Raises:
            ValueError: other weights are missing.
        """
        import torch

        if self.folder is None:
            return model_class(type(self.config).from_dict(self.config.to_dict() | settings))
        with quiet_transformers():
            model, loaded = model_class.from_pretrained(
                self.folder, local_files_only=True, dtype=torch.float32, output_loading_info=True, **settings
            )
        missing = sorted(name for name in loaded["missing_keys"] if not any(part in name for part in may_lack))
        if missing:
            raise ValueError(
                f"The weights in {self.folder} are incomplete: {len(missing)} are missing, among them {missing[0]}. "
                f"{ALTERNATIVES}"
            )
        return model

    def classifier(self, n_classes: int, dropout: float) -> Any:
        """Return a `transformers.BertForSequenceClassification` with these weights and a new last layer."""
        from transformers import BertForSequenceClassification, BertModel

        encoder = self.load(
            BertModel, hidden_dropout_prob=dropout, attention_probs_dropout_prob=dropout, classifier_dropout=dropout
        )
        config = copy.deepcopy(encoder.config)
        config.num_labels = n_classes
        classifier = BertForSequenceClassification(config)
        classifier.bert = encoder
        return classifier

    def check_length(self, maximum_length: int) -> None:
        """Raise ValueError if the model has no positions for so many tokens."""
        known = self.config.max_position_embeddings
        if maximum_length > known:
            raise ValueError(f"maximum_length is {maximum_length}. This checkpoint takes at most {known} tokens.")

    def digest(self) -> str:
        """Return a sha256 of the configuration, the tokenizer and the weights."""
        content = hashlib.sha256(self.config.to_json_string().encode() + self.tokenizer.to_str().encode())
        for path in sorted(self.folder.glob("*.safetensors")) if self.folder else ():
            with path.open("rb") as handle:
                content.update(hashlib.file_digest(handle, "sha256").digest())
        return content.hexdigest()


def open_checkpoint(name: str, texts: Sequence[str] = ()) -> Checkpoint:
    """Open the checkpoint called `name`.

    Args:
        name: "minilm"; "tiny", an untrained BERT of two layers that knows the words of `texts`; a local folder; or a
            name on the Hugging Face hub.
        texts: the training texts.

    Raises:
        FileNotFoundError: the folder does not exist or lacks a file.
        ConnectionError: the hub does not answer, or has no such checkpoint.
        ModuleNotFoundError: the package with "minilm" is not installed.
        ValueError: the checkpoint is no BERT with a WordPiece tokenizer.
    """
    return _tiny_checkpoint(texts) if name == TINY else open_folder(checkpoint_folder(name))


def open_folder(folder: Path) -> Checkpoint:
    """Open the checkpoint in a Hugging Face folder; the errors are those of `open_checkpoint`."""
    check_files(folder)
    from transformers import BertConfig

    tokenizer = read_tokenizer(folder)
    config = BertConfig.from_pretrained(folder, local_files_only=True)
    if tokenizer.get_vocab_size() > config.vocab_size:
        raise ValueError(
            f"The tokenizer in {folder} has {tokenizer.get_vocab_size()} word pieces, but the model only "
            f"{config.vocab_size}, so they do not belong together. {ALTERNATIVES}"
        )
    return Checkpoint(folder, config, tokenizer)


def save_checkpoint(model: Any, tokenizer: Any, folder: Path) -> None:
    """Write config.json, model.safetensors and tokenizer.json, which neither pads nor truncates."""
    with quiet_transformers():
        model.save_pretrained(folder)
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.save(str(folder / "tokenizer.json"))


@contextmanager
def quiet_transformers() -> Iterator[None]:
    """Hide progress bars and the report on new weights, which a classifier's last layer always has."""
    from transformers.utils import logging

    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()


def _tiny_checkpoint(texts: Sequence[str]) -> Checkpoint:
    """An untrained BERT of two layers that knows the words of `texts`."""
    from transformers import BertConfig

    tokenizer = tiny_tokenizer(texts)
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=128,
        initializer_range=0.1,  # the usual 0.02 is for wide layers
    )
    return Checkpoint(None, config, tokenizer)
