"""How a BERT of transformers is computed: attention and dropout that are quick on a CPU, and compilation on a GPU."""

import functools
import logging
from typing import Any

logger = logging.getLogger(__name__)

CPU_ATTENTION = "textlab_cpu"
COMPILATION = ("auto", "always", "never")
COMPILATION_SECONDS = 60.0  # about what compiling forward and backward pass takes
STEP_SECONDS = 0.02  # of an uncompiled step on a GPU that only waits for kernels to be launched
FLOPS = 1.5e14  # a second, uncompiled in bfloat16 on a GPU of a data centre


def suit_to_device(model: Any, device: Any) -> Any:
    """Move a BERT to `device`; on a CPU it gets the replacements below, which train and answer faster.

    On a GPU transformers' own `scaled_dot_product_attention` is best; on a CPU its kernel without dropout is slower
    than two plain products, and drawing a random number for each zero of dropout takes an eighth of the time.
    """
    if device.type == "cpu":
        _register_attention()
        model.set_attn_implementation(CPU_ATTENTION)
        _replace_dropout(model)
        _replace_linear(model)
        _replace_word_embeddings(model)
        if hasattr(model, "classifier"):
            _shorten_last_layer(model)
    return model.to(device)


@functools.cache
def _register_attention() -> None:
    from transformers import AttentionInterface

    AttentionInterface.register(CPU_ATTENTION, _attention)


def _attention(
    module: Any, query: Any, key: Any, value: Any, attention_mask: Any, scaling: float, dropout: float, **_: Any
) -> tuple[Any, None]:
    """Vaswani et al. 2017, "Attention is all you need", equation 1.

    Args:
        query, key, value: (b, heads, length, width).
        attention_mask: bool (b, 1, 1, length), False where there is padding; or None.

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
    """Dropout (Srivastava et al. 2014) that spends one random byte on a number, for the nearest 256th to `share`."""
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

    for module in list(model.modules()):
        for name, child in module.named_children():
            if type(child) is torch.nn.Dropout:
                setattr(module, name, QuickDropout(child.p).train(child.training))


def _replace_linear(model: Any) -> None:
    """Have float32 products without gradients computed by oneDNN: torch's own library for them, MKL, is slow on AMD.

    torch knows no setting for that; the operation is the one that it compiles a linear layer to.
    """
    import torch

    class QuickLinear(torch.nn.Linear):
        def forward(self, numbers: Any) -> Any:
            if torch.is_grad_enabled() or torch.is_autocast_enabled("cpu"):
                return super().forward(numbers)
            return torch.ops.mkldnn._linear_pointwise(numbers, self.weight, self.bias, "none", [], "")

    if torch.backends.mkldnn.is_available():
        for module in model.modules():
            if type(module) is torch.nn.Linear:
                module.__class__ = QuickLinear


def _replace_word_embeddings(model: Any) -> None:
    """Have the gradient of the word embeddings added up in memory that stays.

    A gradient of all words is allocated and cleared anew at each step otherwise: the system hands that memory out page
    by page, which takes an eighth of the time of a step.
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

    class WordEmbedding(torch.nn.Embedding):
        def forward(self, numbers: Any) -> Any:
            if not torch.is_grad_enabled():
                return super().forward(numbers)
            if not hasattr(self, "memory"):
                self.memory = torch.zeros_like(self.weight)
            return Rows.apply(self.weight, numbers, self.padding_idx, self.memory)

    model.get_input_embeddings().__class__ = WordEmbedding


def _shorten_last_layer(model: Any) -> None:
    """Have the last layer of a classifier computed for [CLS] alone: nobody reads what it makes of the other words."""
    from transformers.models.bert.modeling_bert import BertLayer

    class FirstTokenLayer(BertLayer):
        def forward(self, hidden_states: Any, attention_mask: Any = None, *_: Any, **__: Any) -> Any:
            attention, first = self.attention.self, hidden_states[:, :1]
            query, key, value = (
                numbers.unflatten(-1, (attention.num_attention_heads, -1)).transpose(1, 2)
                for numbers in (attention.query(first), attention.key(hidden_states), attention.value(hidden_states))
            )
            dropout = attention.dropout.p if self.training else 0.0
            mixed = _attention(attention, query, key, value, attention_mask, attention.scaling, dropout)[0]
            return self.feed_forward_chunk(self.attention.output(mixed.flatten(-2), first))

    model.bert.encoder.layer[-1].__class__ = FirstTokenLayer


def encoder_parameters(model: Any) -> int:
    """Parameters that every token is multiplied with: all but the embeddings."""
    return sum(parameter.numel() for name, parameter in model.named_parameters() if "embeddings" not in name)


def compiled(model: Any, when: str, device: Any, steps: int, tokens: int) -> Any:
    """The model as training calls it: compiled on a GPU where that pays, and for every shape at once.

    Args:
        when: "always", "never", or "auto": where the work ahead, roughly reckoned, takes several times as long as
            compiling does.
        steps, tokens: the work ahead. A training step takes six floating point operations a token and parameter
            (Kaplan et al. 2020, "Scaling laws for neural language models", section 2.1).
    """
    expected = max(steps * STEP_SECONDS, 6 * encoder_parameters(model) * tokens / FLOPS)
    if device.type != "cuda" or when == "never" or (when == "auto" and expected < 5 * COMPILATION_SECONDS):
        return model
    import torch

    logger.info("The network is compiled for the GPU; the first steps take about a minute.")
    return torch.compile(model, dynamic=True)
