"""Replacements for parts of a BERT of transformers that train and answer faster on a CPU.

Each replacement takes over the parameters of the part that it replaces, under the same names, and computes what that
part computes: tests compare both. `suit_to_device(model, device, quick=False)` leaves transformers' own parts in place.
"""

import functools
from collections.abc import Callable
from typing import Any

CPU_ATTENTION = "textlab_cpu"


def suit_to_device(model: Any, device: Any, quick: bool = True) -> Any:
    """Move a BERT to `device`; on a CPU, replace the parts for which there is something faster.

    On a GPU, transformers' own `scaled_dot_product_attention` is best. On a CPU without dropout, its kernel is slower
    than two plain products.

    Args:
        model: a BertForSequenceClassification or a BertForMaskedLM of transformers.
        device: a torch device.
        quick: whether parts are replaced on a CPU.
    """
    if device.type == "cpu" and quick:
        _register_attention()
        model.set_attn_implementation(CPU_ATTENTION)
        _replace_dropout(model)
        _replace_linear(model)
        _replace_word_embeddings(model)
        if hasattr(model, "classifier"):
            _shorten_last_layer(model)
    return model.to(device)


def _replace(model: Any, kind: type[Any], build: Callable[[Any], Any]) -> None:
    """Put `build(part)` in the place of each part of exactly the class `kind`."""
    for module in list(model.modules()):
        for name, part in list(module.named_children()):
            if type(part) is kind:
                setattr(module, name, build(part).train(part.training))


@functools.cache
def _register_attention() -> None:
    from transformers import AttentionInterface

    AttentionInterface.register(CPU_ATTENTION, _attention)


def _attention(
    module: Any, query: Any, key: Any, value: Any, attention_mask: Any, scaling: float, dropout: float, **_: Any
) -> tuple[Any, None]:
    """Compute attention: Vaswani et al. 2017, "Attention is all you need", equation 1.

    Args:
        query, key, value: (b, heads, length, width).
        attention_mask: bool (b, 1, 1, length), False for padding; or None.

    Returns:
        (b, length, heads, width), and None for the weights.
    """
    import torch

    scores = torch.matmul(query * scaling, key.transpose(2, 3))
    if attention_mask is not None:
        scores = scores.masked_fill(~attention_mask, torch.finfo(scores.dtype).min)
    weights = quick_dropout(torch.softmax(scores, -1).to(value.dtype), dropout)
    return torch.matmul(weights, value).transpose(1, 2).contiguous(), None


def quick_dropout(numbers: Any, share: float) -> Any:
    """Drop the multiple of 1/256 nearest to `share` (Srivastava et al. 2014), with one random byte per number.

    torch draws a number for each, which takes an eighth of a training step.
    """
    import torch

    threshold = min(round(256 * share), 255)
    if not threshold:
        return numbers
    words = torch.empty((numbers.numel() + 7) // 8, dtype=torch.int64).random_(-(2**63), None)
    kept = words.view(torch.uint8)[: numbers.numel()].view(numbers.shape) >= threshold
    return numbers * kept.to(numbers.dtype).mul_(256 / (256 - threshold))


def _replace_dropout(model: Any) -> None:
    import torch

    class QuickDropout(torch.nn.Dropout):
        def forward(self, numbers: Any) -> Any:
            return quick_dropout(numbers, self.p) if self.training else numbers

    _replace(model, torch.nn.Dropout, lambda dropout: QuickDropout(dropout.p))


def _replace_linear(model: Any) -> None:
    """Let oneDNN compute float32 products without gradients, because torch's MKL is slow on processors of AMD.

    torch has no setting for this. The operation is the one to which it compiles a linear layer.
    """
    import torch

    class QuickLinear(torch.nn.Module):
        def __init__(self, linear: Any) -> None:
            super().__init__()
            self.weight, self.bias = linear.weight, linear.bias

        def forward(self, numbers: Any) -> Any:
            if torch.is_grad_enabled() or torch.is_autocast_enabled("cpu"):
                return torch.nn.functional.linear(numbers, self.weight, self.bias)
            return torch.ops.mkldnn._linear_pointwise(numbers, self.weight, self.bias, "none", [], "")

    if torch.backends.mkldnn.is_available():
        _replace(model, torch.nn.Linear, QuickLinear)


def _replace_word_embeddings(model: Any) -> None:
    """Let the gradient of the word embeddings accumulate in memory that is allocated once.

    Otherwise each step allocates and clears a gradient for all words. The system hands out that memory page by page,
    which takes an eighth of a step.
    """
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

    class WordEmbedding(torch.nn.Module):
        def __init__(self, embedding: Any) -> None:
            super().__init__()
            self.weight, self.padding_idx = embedding.weight, embedding.padding_idx

        def forward(self, numbers: Any) -> Any:
            if not torch.is_grad_enabled():
                return torch.nn.functional.embedding(numbers, self.weight, self.padding_idx)
            if not hasattr(self, "memory"):
                self.memory = torch.zeros_like(self.weight)
            return Rows.apply(self.weight, numbers, self.padding_idx, self.memory)

    embedding = model.get_input_embeddings()
    model.set_input_embeddings(WordEmbedding(embedding).train(embedding.training))


def _shorten_last_layer(model: Any) -> None:
    """Let a classifier compute its last layer for [CLS] alone, because it reads no other token of that layer."""
    import torch

    class FirstTokenLayer(torch.nn.Module):
        def __init__(self, layer: Any) -> None:
            super().__init__()
            self.attention, self.intermediate, self.output = layer.attention, layer.intermediate, layer.output

        def forward(self, hidden_states: Any, attention_mask: Any = None, *_: Any, **__: Any) -> Any:
            attention, first = self.attention.self, hidden_states[:, :1]
            query, key, value = (
                numbers.unflatten(-1, (attention.num_attention_heads, -1)).transpose(1, 2)
                for numbers in (attention.query(first), attention.key(hidden_states), attention.value(hidden_states))
            )
            dropout = attention.dropout.p if self.training else 0.0
            mixed = _attention(attention, query, key, value, attention_mask, attention.scaling, dropout)[0]
            attended = self.attention.output(mixed.flatten(-2), first)
            return self.output(self.intermediate(attended), attended)

    layers = model.bert.encoder.layer
    layers[-1] = FirstTokenLayer(layers[-1]).train(layers[-1].training)
