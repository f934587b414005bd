"""Compilation of an encoder's network for training on a GPU, where it saves time."""

import logging
from collections.abc import Callable
from typing import Any

logger = logging.getLogger(__name__)

COMPILATION = ("auto", "always", "never")
COMPILATION_SECONDS = 60.0  # compiling the forward and the backward pass takes about as long
STEP_SECONDS = 0.02  # time per uncompiled step that the GPU spends waiting for kernel launches
FLOPS = 1.5e14  # per second, uncompiled in bfloat16 on a data centre's GPU


def compiled(
    compute: Callable[..., Any], model: Any, when: str, device: Any, steps: int, tokens: int
) -> Callable[..., Any]:
    """Return a computation as training calls it: compiled on a GPU if that saves time, once for all shapes.

    Args:
        compute: a method of an `EncoderNetwork`.
        model: the model of transformers that holds its parameters.
        when: "always", "never" or "auto", which compiles if the training will probably take several times as long as
            the compilation.
        device: the torch device of the model.
        steps: the number of training steps.
        tokens: the number of tokens in all steps. A training step takes six floating point operations per token and
            parameter (Kaplan et al. 2020, "Scaling laws for neural language models", section 2.1).
    """
    expected = max(steps * STEP_SECONDS, 6 * encoder_parameters(model) * tokens / FLOPS)
    if device.type != "cuda" or when == "never" or (when == "auto" and expected < 5 * COMPILATION_SECONDS):
        return compute
    import torch

    logger.info("Compiling the network for the GPU; the first steps take about a minute.")
    return torch.compile(compute, dynamic=True)


def encoder_parameters(model: Any) -> int:
    """Return the number of parameters that every token is multiplied with, which are all but the embeddings."""
    return sum(parameter.numel() for name, parameter in model.named_parameters() if "embeddings" not in name)
