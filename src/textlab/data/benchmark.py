"""A published benchmark of several datasets: its own score on each, and what others have reached."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Benchmark:
    """A benchmark, which a module in `sources/` states as `BENCHMARK`.

    Attributes:
        name: its name.
        source: where the published scores stand.
        overall: the name of the mean score over all datasets.
        measures: for each dataset the metrics on test whose mean is the benchmark's score, such as ("macro_recall",).
        published: for each published model its score on each dataset, in points.
    """

    name: str
    source: str
    overall: str
    measures: Mapping[str, tuple[str, ...]]
    published: Mapping[str, Mapping[str, float]]
