"""The gradients of a batch, computed in smaller parts after the GPU's memory ran out."""

import logging
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from textlab.models.transformer.batches import TrainingBatch
from textlab.models.transformer.device import computes_bfloat16
from textlab.models.transformer.progress import Progress

logger = logging.getLogger(__name__)


class Gradients:
    """Computes gradients, in bfloat16 if the device supports it.

    Args:
        loss: returns the mean loss of a batch, a scalar tensor with gradients.
        optimizer: the torch optimiser that takes the steps.
        seed: the random seed of the training.
        device: a torch device.
    """

    def __init__(self, loss: Callable[[Any], Any], optimizer: Any, *, seed: int, device: Any) -> None:
        self._loss, self._optimizer, self._seed, self._device = loss, optimizer, seed, device
        self._bfloat16 = computes_bfloat16(device)

    def compute(self, batch: TrainingBatch, progress: Progress) -> Any:
        """Compute the gradients of the next step and return the loss of the batch on the device.

        If memory runs out, `progress.micro_batch` is halved until it suffices.

        Raises:
            MemoryError: the GPU's memory does not hold a single text.
        """
        import torch

        while True:
            torch.manual_seed(_step_seed(self._seed, progress.step))
            try:
                return self._in_parts(batch, progress.micro_batch)
            except torch.cuda.OutOfMemoryError as error:
                reason = str(error).partition("\n")[0]
            # After the handler, because the failed computation holds its memory until then.
            self._optimizer.zero_grad(set_to_none=True)
            progress.micro_batch = _halved(min(progress.micro_batch, len(batch)), reason)
            torch.cuda.empty_cache()

    def _in_parts(self, batch: TrainingBatch, size: int) -> Any:
        import torch

        total = torch.zeros((), device=self._device)
        for part in batch.split(size):
            with torch.autocast(self._device.type, torch.bfloat16, enabled=self._bfloat16):
                loss = self._loss(part) * (len(part) / len(batch))
            loss.backward()
            total += loss.detach()
        return total


def _halved(tried: int, reason: str) -> int:
    if tried == 1:
        raise MemoryError(
            f"The GPU's memory does not hold the training of a single text ({reason}). Give a smaller "
            "maximum_length or checkpoint, or set device='cpu'."
        )
    half = math.ceil(tried / 2)
    logger.warning(
        "The GPU's memory does not hold %d texts at once (%s). From now on, gradients are computed for %d texts at "
        "a time and added up; a batch still has all its texts.",
        tried,
        reason,
        half,
    )
    return half


def _step_seed(seed: int, step: int) -> int:
    """Return the seed of a step, which does not depend on how many random numbers earlier steps drew."""
    return int(np.random.SeedSequence([seed, step]).generate_state(1, np.uint64)[0] >> np.uint64(1))
