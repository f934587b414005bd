"""Batches: the slices that one call answers. All of them have the same route, so that one version answers."""

from collections.abc import Callable

from api.model.cost import Cost
from api.model.model import Asked
from api.serving.deployment import Route
from api.serving.fair_queue import FairQueue
from api.serving.model_calls import SHORT_SECONDS
from api.serving.slices import SLICE_SECONDS, Request, Slice

CALL_SECONDS = 0.001  # overhead of one more call


def take_batch(
    queue: FairQueue, cost_of: Callable[[Route], Cost], most_texts: int, abandon: Callable[[Request], None]
) -> list[Slice]:
    """Take the slices of the next call out of a queue, in its order: as many as the limits of time and size allow.

    Args:
        queue: the waiting slices.
        cost_of: returns the cost of calls on a route.
        most_texts: maximum number of texts per call.
        abandon: ends a request whose client has disconnected, and drops its slices from the queue.

    Returns:
        The slices; none if none waits.
    """
    batch: list[Slice] = []
    route: Route | None = None  # all texts of a batch take the same route
    texts = size = 0
    seconds = 0.0
    while (following := queue.peek(route)) is not None:
        if route is None:
            cost = cost_of(following.request.route)
        if following.seconds >= SHORT_SECONDS and following.request.is_abandoned():
            abandon(following.request)
            continue
        joined_texts, largest = texts + len(following.texts), max(size, following.size)
        joined = cost.seconds(joined_texts, largest)
        # Padding to the longest text may cost more than a call of its own.
        if batch and (
            joined_texts > most_texts
            or joined > max(SLICE_SECONDS, seconds)
            or joined > seconds + following.seconds + CALL_SECONDS
        ):
            break
        queue.take(following)
        batch.append(following)
        route = following.request.route
        texts, size, seconds = joined_texts, largest, joined
    return batch


def texts_of(batch: list[Slice]) -> list[Asked]:
    """The texts of a batch, in order."""
    return [text for each in batch for text in each.texts]


def route_of(batch: list[Slice]) -> Route:
    """The route of a batch."""
    return batch[0].request.route


def seconds_of(batch: list[Slice], cost_of: Callable[[Route], Cost]) -> float:
    """The estimated seconds of the call of a batch."""
    if len(batch) == 1:
        return batch[0].seconds
    texts, size = sum(len(each.texts) for each in batch), max(each.size for each in batch)
    return cost_of(route_of(batch)).seconds(texts, size)
