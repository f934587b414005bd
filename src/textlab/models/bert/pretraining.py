"""Further pretraining of an encoder on masked words, so that it knows the domain before it sees a label."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from textlab import paths
from textlab.data import training_texts
from textlab.models.transformer.batches import Batch, DeviceTokens, tokenise
from textlab.models.transformer.checkpoint import Checkpoint, open_folder, save_checkpoint
from textlab.models.transformer.compilation import compiled
from textlab.models.transformer.network import EncoderNetwork
from textlab.models.transformer.recipe import Recipe
from textlab.models.transformer.resume import SavedProgress, content_key
from textlab.models.transformer.tokenizer import mask_token
from textlab.models.transformer.training import Training
from textlab.models.transformer.windows import ends_of

logger = logging.getLogger(__name__)

FOLDER = paths.ROOT / "data" / "processed" / "pretrained"
SEED = 0  # fixed, so that a grid over seeds shares one pretraining, as it shares word vectors
SHARE_MASKED = 0.15


def pretrained_if_wanted(
    checkpoint: Checkpoint, texts: Sequence[str], settings: Mapping[str, Any], device: Any
) -> Checkpoint:
    """Return a checkpoint that was trained further on masked words, or the checkpoint itself.

    Args:
        checkpoint: the weights to start from.
        texts: the training texts; those of the dataset `unlabelled` are added.
        settings: the resolved hyperparameters of BERT; with `pretraining_epochs` 0, nothing is trained.
        device: a torch device.
    """
    if not settings["pretraining_epochs"]:
        return checkpoint
    recipe = Recipe(
        learning_rate=settings["pretraining_learning_rate"],
        batch_size=settings["batch_size"],
        epochs=settings["pretraining_epochs"],
        weight_decay=settings["weight_decay"],
    )
    return pretrained(
        checkpoint,
        [*texts, *training_texts(settings["unlabelled"])],
        recipe,
        maximum_length=settings["maximum_length"],
        device=device,
        compilation=settings["compilation"],
    )


def pretrained(
    checkpoint: Checkpoint,
    texts: Sequence[str],
    recipe: Recipe,
    *,
    maximum_length: int,
    device: Any,
    compilation: str = "auto",
    folder: Path | None = None,
) -> Checkpoint:
    """Train a checkpoint further on guessing masked words of `texts`, or return the stored result.

    Gururangan et al. 2020, "Don't stop pretraining": both the domain's texts and the task's own help.

    Args:
        checkpoint: the weights to start from.
        texts: the texts to read.
        recipe: the numbers of the training; its patience has no effect, because all epochs are trained.
        maximum_length: the word pieces that are read from a text.
        device: a torch device.
        compilation: "auto", "always" or "never"; see `compiled`.
        folder: where results are stored under a key of their content; None is data/processed/pretrained.
    """
    from filelock import FileLock

    folder = FOLDER if folder is None else folder
    settings = [asdict(recipe), maximum_length, device.type]
    key = content_key("textlab.models.bert.pretraining", checkpoint.digest(), list(texts), *settings)
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / f"{key}.lock"):
        if (folder / key).is_dir():
            logger.info("The pretrained weights are read from %s.", paths.shown(folder / key))
        else:
            model = _trained(checkpoint, texts, recipe, maximum_length, device, compilation, SavedProgress(key))
            with paths.replacing_folder(folder / key) as partial:
                save_checkpoint(model, checkpoint.tokenizer, partial)
    return open_folder(folder / key)


def _trained(
    checkpoint: Checkpoint,
    texts: Sequence[str],
    recipe: Recipe,
    maximum_length: int,
    device: Any,
    compilation: str,
    saved: SavedProgress,
) -> Any:
    """Train, and return the <Architecture>ForMaskedLM; a pooler, which masked words do not use, is unchanged."""
    import torch
    from transformers import AutoModel, AutoModelForMaskedLM

    torch.manual_seed(SEED)
    model = checkpoint.load(AutoModelForMaskedLM)
    setattr(model, model.base_model_prefix, checkpoint.load(AutoModel))
    model.tie_weights()
    network = EncoderNetwork(model.to(device), checkpoint.encoder)
    tokens = DeviceTokens(tokenise(checkpoint.tokenizer, texts, maximum_length), checkpoint.encoder.padding, device)
    hidden = compiled(
        network.hidden,
        model,
        compilation,
        device,
        steps=recipe.epochs * len(texts) // recipe.batch_size,
        tokens=recipe.epochs * int(tokens.lengths.sum()),
    )
    loss = _masked_loss(hidden, word_head(model), tokens, checkpoint)
    Training(model, tokens, loss, recipe, seed=SEED, device=device, saved=saved, title="BERT, masked words").run()
    return model


def word_head(model: Any) -> Callable[[Any], Any]:
    """Return the function of an <Architecture>ForMaskedLM that turns hidden states (n, width) into logits of words."""
    match model.config.model_type:
        case "bert":
            return model.cls
        case "distilbert":
            return lambda hidden: model.vocab_projector(
                model.vocab_layer_norm(model.activation(model.vocab_transform(hidden)))
            )
        case "electra":
            return lambda hidden: model.generator_lm_head(model.generator_predictions(hidden))
        case "modernbert":
            return lambda hidden: model.decoder(model.head(hidden))
        case "deberta-v2" if model.legacy:
            return model.cls
        case "deberta-v2":
            return lambda hidden: model.lm_predictions(hidden, model.get_input_embeddings())
    return model.lm_head


def _masked_loss(
    encode: Callable[..., Any], head: Callable[[Any], Any], tokens: DeviceTokens, checkpoint: Checkpoint
) -> Callable[[Batch], Any]:
    """Return the mean cross-entropy of a batch's masked word pieces; the head skips all others, which saves time."""
    import torch

    special = SpecialTokens.of(checkpoint)

    def loss(batch: Batch) -> Any:
        numbers, mask = tokens.gather(batch)
        shown, chosen = masked(numbers, special)
        guesses = head(encode(shown, mask)[chosen]).float()
        summed = torch.nn.functional.cross_entropy(guesses, numbers[chosen], reduction="sum")
        return summed / chosen.sum().clamp(min=1)  # a batch of short texts may have none

    return loss


@dataclass(frozen=True)
class SpecialTokens:
    """The numbers of tokens that hide words or are never hidden.

    Attributes:
        kept: padding and the tokens around a text.
        mask: the token that stands for a hidden word.
        count: the number of tokens in the vocabulary.
    """

    kept: tuple[int, ...]
    mask: int
    count: int

    @classmethod
    def of(cls, checkpoint: Checkpoint) -> Self:
        """Return the special tokens of a checkpoint."""
        tokenizer = checkpoint.tokenizer
        ends = ends_of(tokenizer)
        kept = (checkpoint.encoder.padding, *ends.prefix, *ends.suffix)
        return cls(kept, mask_token(tokenizer), tokenizer.get_vocab_size())


def masked(numbers: Any, special: SpecialTokens) -> tuple[Any, Any]:
    """Hide 15 % of the word pieces: 80 % of them become [MASK], 10 % a random piece and 10 % stay (Devlin et al. 2019,
    section 3.1).

    Args:
        numbers: int64 (b, length).
        special: the tokens of the vocabulary with a meaning of their own.

    Returns:
        The numbers that the network sees, int64 (b, length), and those that it has to guess, bool (b, length).
    """
    import torch

    is_word = torch.stack([numbers != piece for piece in special.kept]).all(0)
    chosen = is_word & (torch.rand(numbers.shape, device=numbers.device) < SHARE_MASKED)
    fate = torch.rand(numbers.shape, device=numbers.device)
    other = torch.randint(special.count, numbers.shape, device=numbers.device)
    shown = torch.where(chosen & (fate < 0.8), special.mask, numbers)
    return torch.where(chosen & (fate >= 0.9), other, shown), chosen
