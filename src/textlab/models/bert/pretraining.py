"""Further pretraining of BERT on masked words, so that it knows the domain before it sees a label."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from textlab import paths
from textlab.models.transformer.batches import Batch, DeviceTokens, tokenise
from textlab.models.transformer.checkpoint import Checkpoint, open_folder, save_checkpoint
from textlab.models.transformer.compilation import compiled
from textlab.models.transformer.network import suit_to_device
from textlab.models.transformer.recipe import Recipe
from textlab.models.transformer.resume import SavedProgress, content_key
from textlab.models.transformer.training import Training

logger = logging.getLogger(__name__)

FOLDER = paths.ROOT / "data" / "processed" / "pretrained"
SEED = 0  # fixed, so that a grid over seeds shares one pretraining, as it shares word vectors
SHARE_MASKED = 0.15


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
            encoder = _trained(checkpoint, texts, recipe, maximum_length, device, compilation, SavedProgress(key))
            with paths.replacing_folder(folder / key) as partial:
                save_checkpoint(encoder, checkpoint.tokenizer, partial)
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
    """Train, and return the `transformers.BertModel`; its pooler, which masked words do not use, is unchanged."""
    import torch
    from transformers import BertForMaskedLM, BertModel

    torch.manual_seed(SEED)
    model = checkpoint.load(BertForMaskedLM)
    model.bert = checkpoint.load(BertModel)
    model.tie_weights()
    suit_to_device(model, device)
    tokens = DeviceTokens(tokenise(checkpoint.tokenizer, texts, maximum_length), checkpoint.config.pad_token_id, device)
    encoder = compiled(
        model.bert,
        compilation,
        device,
        steps=recipe.epochs * len(texts) // recipe.batch_size,
        tokens=recipe.epochs * int(tokens.lengths.sum()),
    )
    loss = _masked_loss(encoder, model.cls, tokens, checkpoint.tokenizer)
    Training(model, tokens, loss, recipe, seed=SEED, device=device, saved=saved, title="BERT, masked words").run()
    return model.bert


def _masked_loss(encoder: Any, head: Any, tokens: DeviceTokens, tokenizer: Any) -> Callable[[Batch], Any]:
    """Return the mean cross-entropy of a batch's masked word pieces; the head skips all others, which saves time."""
    import torch

    def loss(batch: Batch) -> Any:
        numbers, mask = tokens.gather(batch)
        shown, chosen = masked(numbers, tokenizer)
        hidden = encoder(input_ids=shown, attention_mask=mask).last_hidden_state
        guesses = head(hidden[chosen]).float()
        summed = torch.nn.functional.cross_entropy(guesses, numbers[chosen], reduction="sum")
        return summed / chosen.sum().clamp(min=1)  # a batch of short texts may have none

    return loss


def masked(numbers: Any, tokenizer: Any) -> tuple[Any, Any]:
    """Hide 15 % of the word pieces: 80 % of them become [MASK], 10 % a random piece and 10 % stay (Devlin et al. 2019,
    section 3.1).

    Args:
        numbers: int64 (b, length).
        tokenizer: a `tokenizers.Tokenizer`.

    Returns:
        The numbers that the network sees, int64 (b, length), and those that it has to guess, bool (b, length).
    """
    import torch

    pieces = [tokenizer.token_to_id(token) for token in ("[PAD]", "[CLS]", "[SEP]")]
    is_word = torch.stack([numbers != piece for piece in pieces]).all(0)
    chosen = is_word & (torch.rand(numbers.shape, device=numbers.device) < SHARE_MASKED)
    fate = torch.rand(numbers.shape, device=numbers.device)
    other = torch.randint(tokenizer.get_vocab_size(), numbers.shape, device=numbers.device)
    shown = torch.where(chosen & (fate < 0.8), tokenizer.token_to_id("[MASK]"), numbers)
    return torch.where(chosen & (fate >= 0.9), other, shown), chosen
