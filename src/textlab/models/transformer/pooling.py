"""The vector of a text from the hidden states of its tokens."""

import json
from pathlib import Path
from typing import Any

MEAN, FIRST = "mean", "first"
POOLINGS = (MEAN, FIRST)
# What sentence-transformers writes for each: `pooling_mode` since version 6, one flag a mode before.
NAMES = {"mean": MEAN, "cls": FIRST}
FLAGS = {"pooling_mode_mean_tokens": MEAN, "pooling_mode_cls_token": FIRST}


def checkpoint_pooling(folder: Path | None) -> str:
    """Return "mean" or "first", as a checkpoint of sentence-transformers says; "mean" for any other checkpoint.

    Raises:
        ValueError: the checkpoint pools in another way.
    """
    path = folder / "1_Pooling" / "config.json" if folder else None
    if path is None or not path.is_file():
        return MEAN
    stated = json.loads(path.read_text(encoding="utf-8"))
    flags = [name for name, value in stated.items() if name.startswith("pooling_mode_") and value is True]
    modes = [NAMES.get(stated["pooling_mode"])] if "pooling_mode" in stated else [FLAGS.get(name) for name in flags]
    if len(modes) != 1 or modes[0] is None:
        raise ValueError(
            f"The checkpoint in {folder} pools the hidden states in a way that is not supported here ({path} says "
            f"{', '.join(flags) or stated.get('pooling_mode')}). Choose a checkpoint that takes the mean or the first "
            "token."
        )
    return modes[0]


def pooled(hidden: Any, mask: Any, pooling: str) -> Any:
    """Return unit vectors of texts, a float32 tensor (b, width).

    Args:
        hidden: the last hidden states, a tensor (b, length, width).
        mask: bool (b, 1, 1, length), False for padding; None if there is none.
        pooling: "mean", over the real tokens, or "first".
    """
    from torch.nn import functional

    hidden = hidden.float()
    if pooling == FIRST:
        return functional.normalize(hidden[:, 0], dim=1)
    if mask is None:
        return functional.normalize(hidden.mean(1), dim=1)
    real = mask[:, 0, 0, :, None].float()
    return functional.normalize((hidden * real).sum(1) / real.sum(1), dim=1)
