"""The device on which BERT is computed, its precision, and deterministic operations."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

DEVICES = ("auto", "cpu", "cuda")


def choose_device(name: str) -> Any:
    """Return the torch device called "cpu", "cuda" or "auto", which is a GPU if there is one.

    Raises:
        ValueError: `name` is "cuda", but there is no GPU.
    """
    import torch

    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError(
            "device is 'cuda', but torch finds no NVIDIA GPU on this machine (or was installed without CUDA). "
            "Use device='auto' or 'cpu'."
        )
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # read once, at the first product; see `deterministic`
    return torch.device(name)


def computes_bfloat16(device: Any) -> bool:
    """Return whether the device has instructions for bfloat16; without them it is slower than float32."""
    import torch

    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()


@contextmanager
def deterministic() -> Iterator[None]:
    """Let torch use deterministic operations within the context; they are slightly slower on a GPU."""
    import torch

    enabled = torch.are_deterministic_algorithms_enabled()
    memory: Any = torch.utils.deterministic
    fills = memory.fill_uninitialized_memory
    torch.use_deterministic_algorithms(True)
    memory.fill_uninitialized_memory = False  # no operation here reads uninitialised memory, and filling it costs time
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(enabled)
        memory.fill_uninitialized_memory = fills
