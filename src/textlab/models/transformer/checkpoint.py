"""A checkpoint: the weights, configuration and tokenizer from which training starts."""

import copy
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from textlab.models.transformer.architectures import HEAD, describe
from textlab.models.transformer.description import OWN, Encoder
from textlab.models.transformer.loading import loaded_model
from textlab.models.transformer.location import ALTERNATIVES, check_files, checkpoint_folder
from textlab.models.transformer.tiny import is_tiny, tiny_encoder
from textlab.models.transformer.tokenizer import read_tokenizer
from textlab.models.transformer.windows import ends_of
from textlab.text.tokenisers.reading import parse_tokeniser


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """An encoder from which training starts.

    Attributes:
        folder: holds config.json, model.safetensors and the tokenizer; None for random weights.
        config: a configuration of transformers.
        tokenizer: a `tokenizers.Tokenizer`.
    """

    folder: Path | None
    config: Any
    tokenizer: Any

    @cached_property
    def encoder(self) -> Encoder:
        """The description of the encoder."""
        return describe(self.config.to_dict())

    def load(self, model_class: Any, complete: bool = False, **settings: Any) -> Any:
        """Return a model of transformers with these weights, in float32; torch draws missing ones at random.

        Args:
            model_class: the class of the model, such as `transformers.AutoModel`.
            complete: whether the weights of a head may not be missing either.
            settings: values of the configuration, such as hidden_dropout_prob=0.2.

        Raises:
            ValueError: weights cannot be read, have other shapes than the configuration says, or are not finite, or
                weights of the encoder are missing.
        """
        config = copy.deepcopy(self.config)
        for name, value in settings.items():
            setattr(config, name, value)
        if self.folder is None:
            return _drawn(model_class, config)
        with quiet_transformers():
            model, loaded = loaded_model(model_class, self.folder, config)
        missing = sorted(name for name in loaded["missing_keys"] if complete or self._is_of_encoder(name))
        if missing:
            raise ValueError(
                f"The weights in {self.folder} are incomplete: {len(missing)} are missing, among them {missing[0]}. "
                f"{ALTERNATIVES}"
            )
        return model

    def with_head(self, head: str) -> "Checkpoint":
        """Return the checkpoint with another head: "own" for that of transformers, or "mean".

        "mean" is one layer over the mean of all tokens, as sentence encoders pool them. config.json says so, because
        transformers' own model would read the first token.
        """
        if head == OWN:
            return self
        config = copy.deepcopy(self.config)
        setattr(config, HEAD, head)
        return Checkpoint(self.folder, config, self.tokenizer)

    def classifier(self, n_classes: int, dropout: float) -> Any:
        """Return a model of transformers with a classification head, whose last layer is new.

        Its class is <Architecture>ForSequenceClassification. The other layers of the head are the checkpoint's if it
        has them, and else new too.

        Args:
            n_classes: the number of classes.
            dropout: the share that is dropped in all places.
        """
        from transformers import AutoModel, AutoModelForSequenceClassification

        encoder = self.load(AutoModel, **dropout_settings(self.encoder, dropout))
        config = copy.deepcopy(encoder.config)
        config.num_labels = n_classes
        classifier = _drawn(AutoModelForSequenceClassification, config)
        kept = classifier.base_model.state_dict()
        kept |= {name: weight for name, weight in encoder.state_dict().items() if name in kept}
        classifier.base_model.load_state_dict(kept)
        self._take_head(classifier)
        return classifier

    def _is_of_encoder(self, name: str) -> bool:
        encoder = self.encoder
        parts = {known.format(layer=layer) for known in encoder.names.values() for layer in range(encoder.layers)}
        return name.removeprefix(encoder.prefix).rpartition(".")[0] in parts

    def _take_head(self, classifier: Any) -> None:
        """Take over all layers of a head but the last, as far as the checkpoint has them."""
        from safetensors import safe_open

        wanted = {
            name: parameter
            for name, parameter in classifier.named_parameters()
            if name.rpartition(".")[0] in (self.encoder.head.dense, self.encoder.head.norm)
        }
        for path in sorted(self.folder.glob("*.safetensors")) if self.folder else ():
            with safe_open(path, "pt") as weights:
                for name in wanted.keys() & set(weights.keys()):
                    stored = weights.get_tensor(name)
                    if stored.shape == wanted[name].shape:
                        wanted[name].data.copy_(stored)

    def check_length(self, maximum_length: int) -> None:
        """Raise ValueError if the model has no positions for so many tokens."""
        known = self.encoder.longest
        if maximum_length > known:
            raise ValueError(
                f"maximum_length is {maximum_length}. This checkpoint takes at most {known} tokens, so give no more."
            )

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
        name: "minilm"; "tiny", an untrained BERT of two layers that knows the words of `texts`; "tiny-" and another
            architecture, such as "tiny-roberta"; a local folder; or a name on the Hugging Face hub.
        texts: the training texts.

    Raises:
        FileNotFoundError: the folder does not exist or lacks a file.
        ConnectionError: the hub did not provide the checkpoint.
        ModuleNotFoundError: the package with "minilm" is not installed.
        ValueError: the hub has no such checkpoint; the architecture, one of its settings or a part of the tokenizer is
            not supported; or the tokenizer does not belong to the model.
    """
    if is_tiny(name):
        return Checkpoint(None, *tiny_encoder(name, texts))
    checkpoint = open_folder(checkpoint_folder(name))
    try:
        parse_tokeniser(checkpoint.tokenizer.to_str())  # refuses now what a graph could not reproduce later
    except ValueError as error:
        raise ValueError(f"The tokenizer in {checkpoint.folder} cannot be exported. {error}") from error
    return checkpoint


def open_folder(folder: Path) -> Checkpoint:
    """Open the checkpoint in a Hugging Face folder; the errors are those of `open_checkpoint` but for the export's."""
    check_files(folder)
    from transformers import AutoConfig

    tokenizer = read_tokenizer(folder)
    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except Exception as error:  # transformers validates settings by errors of its own
        reason = " ".join(str(error).split())
        raise ValueError(
            f"{folder / 'config.json'} cannot be read ({reason}). Download the checkpoint again."
        ) from error
    checkpoint = Checkpoint(folder, config, tokenizer)
    if not ends_of(tokenizer).prefix:
        raise ValueError(
            f"The tokenizer in {folder} puts no token before a text, such as [CLS] or <s>. Save the model's own "
            "tokenizer there."
        )
    highest, known = max(tokenizer.get_vocab().values(), default=0), checkpoint.encoder.vocabulary
    if highest >= known:
        raise ValueError(
            f"The tokenizer in {folder} has tokens up to number {highest}, but the model has only {known}, so they do "
            f"not belong together. {ALTERNATIVES}"
        )
    return checkpoint


def dropout_settings(encoder: Encoder, share: float, attention: float | None = None) -> dict[str, Any]:
    """Return the values of a configuration that decide dropout.

    Args:
        encoder: names the values.
        share: the share that is dropped in all places.
        attention: the share of attention weights that is dropped; None for `share`.
    """
    settings: dict[str, Any] = dict.fromkeys(encoder.dropout.values(), share)
    return settings if attention is None else settings | {encoder.dropout["attention"]: attention}


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


def _drawn(model_class: Any, config: Any) -> Any:
    """Return a model of transformers with random weights in float32; an Auto class has its own way."""
    import torch

    if hasattr(model_class, "_model_mapping"):
        return model_class.from_config(config, dtype=torch.float32)
    return model_class(config)
