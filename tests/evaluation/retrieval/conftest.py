from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pytest

Judged = tuple[dict[str, int], list[str]]
Frame = Callable[..., pd.DataFrame]


def make_frame(*queries: Judged, tags: Sequence[str] | None = None) -> pd.DataFrame:
    """Make a frame of predictions from each query's grades and ranking."""
    frame = pd.DataFrame(
        {
            "id": [f"q{number}" for number in range(len(queries))],
            "text": [f"query {number}" for number in range(len(queries))],
            "relevant": [list(grades) for grades, _ in queries],
            "grades": [list(grades.values()) for grades, _ in queries],
            "found": [found for _, found in queries],
            "scores": [np.linspace(1, 0.5, len(found), dtype=np.float32) for _, found in queries],
        }
    )
    return frame if tags is None else frame.assign(tags=list(tags))


@pytest.fixture
def frame() -> Frame:
    """See `make_frame`."""
    return make_frame


def simulated_frame(queries: int, quality: float, seed: int, tags: Sequence[str] | None = None) -> pd.DataFrame:
    """Rank 20 documents, of which one is relevant and comes first with the probability `quality`."""
    rng = np.random.default_rng(seed)
    rows: list[Judged] = []
    for number in range(queries):
        others = [f"d{other}" for other in range(20) if other != number % 20]
        place = 0 if rng.random() < quality else int(rng.integers(1, 20))
        rows.append(({f"d{number % 20}": 1}, [*others[:place], f"d{number % 20}", *others[place:]]))
    return make_frame(*rows, tags=tags)


@pytest.fixture
def simulated() -> Frame:
    """See `simulated_frame`."""
    return simulated_frame
