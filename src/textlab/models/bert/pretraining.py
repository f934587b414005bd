"""Further pretraining of BERT on masked words, so that it knows a domain before it sees a label."""

import logging
import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from textlab import paths
from textlab.models.bert.batches import Batch, DeviceTokens, tokenise
from textlab.models.bert.checkpoint import Checkpoint, open_folder, save_checkpoint
from textlab.models.bert.compilation import compiled
from textlab.models.bert.network import suit_to_device
from textlab.models.bert.recipe import Recipe
from textlab.models.bert.resume import SavedProgress, content_key
from textlab.models.bert.training import Training

logger = logging.getLogger(__name__)

FOLDER = paths.ROOT / "data" / "processed" / "pretrained"
SEED = 0  # one of its own: a grid over seeds shares one pretraining, as it shares word vectors
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
    """The checkpoint, trained further to guess masked words of `texts`; done once and kept by content.

    Gururangan et al. 2020, "Don't stop pretraining": both the domain's texts and the task's own help.

    Args:
        recipe: how; its patience plays no part, as all epochs are trained.
        maximum_length: word pieces of a text that are read.
        folder: where results are kept; None is data/processed/pretrained.
    """
    from filelock import FileLock

    folder = FOLDER if folder is None else folder
    settings = [asdict(recipe), maximum_length, device.type]
    key = content_key("pretraining", checkpoint.digest(), list(texts), *settings)
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / f"{key}.lock"):
        if (folder / key).is_dir():
            logger.info("The pretrained weights are taken from %s.", paths.shown(folder / key))
        else:
            part = folder / f".{key}.{uuid.uuid4().hex}.part"
            encoder = _trained(checkpoint, texts, recipe, maximum_length, device, compilation, SavedProgress(key))
            save_checkpoint(encoder, checkpoint.tokenizer, part)
            part.rename(folder / key)
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
    """The `transformers.BertModel` after training; its pooler, which masked words do not use, is as it was."""
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
    """Mean cross-entropy of the masked word pieces of a batch; the head sees those alone, which saves most of it."""
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
    """Hide words as Devlin et al. 2019, section 3.1, do: of 15 % of the pieces 80 % become [MASK], 10 % any piece.

    Args:
        numbers: int64 (b, length).

    Returns:
        The numbers that the network sees, and bool (b, length): which it has to guess.
    """
    import torch

    pieces = [tokenizer.token_to_id(token) for token in ("[PAD]", "[CLS]", "[SEP]")]
    is_word = torch.stack([numbers != piece for piece in pieces]).all(0)
    chosen = is_word & (torch.rand(numbers.shape, device=numbers.device) < SHARE_MASKED)
    fate = torch.rand(numbers.shape, device=numbers.device)
    other = torch.randint(tokenizer.get_vocab_size(), numbers.shape, device=numbers.device)
    shown = torch.where(chosen & (fate < 0.8), tokenizer.token_to_id("[MASK]"), numbers)
    return torch.where(chosen & (fate >= 0.9), other, shown), chosen
