"""The weights of a network in training: copies, averages, and the state that an interrupted training saves."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

Weights = dict[str, Any]  # a torch tensor for each parameter, by name


def copy_weights(parameters: Weights) -> Weights:
    """Return a copy of the parameters of a network."""
    return {name: parameter.detach().clone() for name, parameter in parameters.items()}


def set_weights(parameters: Weights, weights: Mapping[str, Any]) -> None:
    """Overwrite the parameters of a network."""
    for name, parameter in parameters.items():
        parameter.data.copy_(weights[name])


def add_to_average(average: Weights, parameters: Weights, share: float) -> None:
    """Move an exponential average by `share` of its distance towards the parameters, in place."""
    import torch

    averages = [average[name] for name in parameters]
    torch._foreach_lerp_(averages, [parameter.detach() for parameter in parameters.values()], share)


@contextmanager
def replaced_weights(parameters: Weights, weights: Weights | None) -> Iterator[None]:
    """Let the network use other weights within the context; None leaves it as it is."""
    if weights is None:
        yield
        return
    trained = copy_weights(parameters)
    set_weights(parameters, weights)
    try:
        yield
    finally:
        set_weights(parameters, trained)


def as_tensors(weights: Mapping[str, Weights | None], optimizer: Any) -> Weights:
    """Return several sets of weights, and the state of an optimiser, as one dictionary of tensors.

    Args:
        weights: sets of weights by kind, such as "model"; None is left out.
        optimizer: a torch optimiser.
    """
    tensors = {f"{kind}/{name}": tensor for kind, of in weights.items() for name, tensor in (of or {}).items()}
    for number, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer/{number}/{name}": tensor for name, tensor in state.items()}
    return tensors


def by_kind(tensors: Mapping[str, Any], device: Any) -> dict[str, Weights]:
    """Undo `as_tensors` on a torch device: return the weights of each kind."""
    kinds: dict[str, Weights] = {}
    for name, tensor in tensors.items():
        kind, _, rest = name.partition("/")
        kinds.setdefault(kind, {})[rest] = tensor.to(device)
    return kinds


def set_optimizer(optimizer: Any, tensors: Mapping[str, Any]) -> None:
    """Restore the state of an optimiser from the tensors of the kind "optimizer"."""
    state: dict[int, dict[str, Any]] = {}
    for name, tensor in tensors.items():
        number, _, kind = name.partition("/")
        state.setdefault(int(number), {})[kind] = tensor
    optimizer.load_state_dict(optimizer.state_dict() | {"state": state})
