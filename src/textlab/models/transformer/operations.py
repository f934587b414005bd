"""Operations of a network, with those in torch that are slow on a CPU replaced by faster ones."""

import functools
from typing import Any, NamedTuple

ONE_DNN_NAMES = {"": ("none", ""), "gelu": ("gelu", "none"), "gelu_tanh": ("gelu", "tanh"), "relu": ("relu", "")}


class Affine(NamedTuple):
    """A weight and a bias: of a dense layer, (outputs, inputs) and (outputs,), or of a layer norm, (width,) twice.

    Embeddings have no bias, and neither have some layers.
    """

    weight: Any
    bias: Any = None

    @classmethod
    def of(cls, model: Any, name: str) -> "Affine":
        """Return the parameters of a part of a model; none where there is no such part, or it passes its input on."""
        try:
            part = model.get_submodule(name)
        except AttributeError:
            return cls(None)
        return cls(getattr(part, "weight", None), getattr(part, "bias", None))

    def rows(self, start: int, end: int | None = None) -> "Affine":
        """Return the part of a dense layer that gives some of its outputs."""
        return Affine(self.weight[start:end], None if self.bias is None else self.bias[start:end])

    def scaled(self, factor: float) -> "Affine":
        """Return the layer whose outputs are multiplied by a factor."""
        return Affine(*(None if tensor is None else factor * tensor for tensor in self))

    def cast(self, kind: Any) -> "Affine":
        """Return the layer as a dtype of torch, without gradients."""
        return Affine(*(None if tensor is None else tensor.detach().to(kind) for tensor in self))


def dense(numbers: Any, layer: Affine, activation: str = "") -> Any:
    """Return the activated output of a dense layer: (..., inputs) to (..., outputs).

    oneDNN computes products without gradients, because torch's MKL is slow on processors of AMD. torch has no setting
    for this. The operation is the one to which torch compiles a linear layer.
    """
    import torch

    gradients = torch.is_grad_enabled() or torch.is_autocast_enabled("cpu")
    if numbers.device.type != "cpu" or gradients or not torch.backends.mkldnn.is_available():
        return activated(torch.nn.functional.linear(numbers, layer.weight, layer.bias), activation)
    fused = activation in ONE_DNN_NAMES
    kind, algorithm = ONE_DNN_NAMES[activation if fused else ""]
    output = torch.ops.mkldnn._linear_pointwise(numbers, layer.weight, layer.bias, kind, [], algorithm)
    return output if fused else activated(output, activation)


def activated(numbers: Any, activation: str) -> Any:
    """Apply one of `ACTIVATIONS`; "" for none."""
    from torch.nn import functional

    match activation:
        case "":
            return numbers
        case "gelu":
            return functional.gelu(numbers)
        case "gelu_tanh":
            return functional.gelu(numbers, approximate="tanh")
        case "relu":
            return functional.relu(numbers)
        case "silu":
            return functional.silu(numbers)
    return numbers.tanh()


def dropped(numbers: Any, share: float) -> Any:
    """Drop a share of the numbers and scale up the others (Srivastava et al. 2014)."""
    if not share:
        return numbers
    if numbers.device.type == "cpu":
        return quick_dropout(numbers, share)
    from torch.nn import functional

    return functional.dropout(numbers, share)


def quick_dropout(numbers: Any, share: float) -> Any:
    """Drop the multiple of 1/256 nearest to `share`, with one random byte per number.

    torch draws a number for each, which takes an eighth of a training step.
    """
    import torch

    threshold = min(round(256 * share), 255)
    if not threshold:
        return numbers
    words = torch.empty((numbers.numel() + 7) // 8, dtype=torch.int64).random_(-(2**63), None)
    kept = words.view(torch.uint8)[: numbers.numel()].view(numbers.shape) >= threshold
    return numbers * kept.to(numbers.dtype).mul_(256 / (256 - threshold))


class WordEmbeddings:
    """Looks up the vectors of words. On a CPU, their gradient accumulates in memory that is allocated once.

    Otherwise each step allocates and clears a gradient for all words. The system hands out that memory page by page,
    which takes an eighth of a step.

    Args:
        weight: the vectors, a parameter (words, width).
        padding: the word whose vector has no gradient; None for none.
    """

    def __init__(self, weight: Any, padding: int | None) -> None:
        self.weight, self._padding = weight, padding
        self._memory: Any = None

    def __call__(self, numbers: Any) -> Any:
        """Return the vectors of words, (b, length, width), whose numbers are int64 (b, length)."""
        import torch

        if self.weight.device.type != "cpu" or not torch.is_grad_enabled() or not self.weight.requires_grad:
            return torch.nn.functional.embedding(numbers, self.weight, self._padding)
        if self._memory is None:
            self._memory = torch.zeros_like(self.weight)
        return _rows().apply(self.weight, numbers, self._padding, self._memory)


@functools.cache
def _rows() -> Any:
    import torch

    class Rows(torch.autograd.Function):
        @staticmethod
        def forward(context: Any, weight: Any, numbers: Any, padding: int | None, memory: Any) -> Any:
            context.save_for_backward(numbers)
            context.weight, context.padding, context.memory = weight, padding, memory
            return torch.nn.functional.embedding(numbers, weight)

        @staticmethod
        def backward(context: Any, gradient: Any) -> tuple[None, None, None, None]:
            (numbers,), weight = context.saved_tensors, context.weight
            if weight.grad is None:
                weight.grad = context.memory.zero_().detach()
            real = numbers != context.padding
            weight.grad.index_add_(0, numbers[real], gradient[real])
            return None, None, None, None

    return Rows
