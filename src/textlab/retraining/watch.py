"""Read the counts of a running service, and test for a rise of errors, rejections or latency after a switch.

Each question is a one-sided exact test of Fisher: the share of bad requests after the switch against that before. A
rise must be shown and must matter. All tests of all looks share a false-alarm rate of 5 % (Bonferroni), so that looking
often costs power and not healthy models.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from textlab.evaluation.statistics.significance import SIGNIFICANCE

ROUTE = "/predict"
REJECTED = ("429", "503")
QUANTILE = 0.99
ALLOWED_SLOWDOWN = 1.5  # the 99th percentile may rise by this factor: waiting times vary as much from minute to minute
LEAST_RISE = 0.001  # a smaller rise of a share does not matter, however certain it is
EXPECTED = 0.01  # the share of bad requests that is assumed where nothing was counted before
QUESTIONS = 3


@dataclass(frozen=True)
class Counts:
    """The counts of a service's predictions.

    Attributes:
        requests: answered requests.
        errors: requests with a status of 500 and above, without rejections.
        rejections: requests with status 429 or 503.
        within: the number of requests that took at most so many seconds, by the bound.
    """

    requests: int
    errors: int
    rejections: int
    within: Mapping[float, int]

    def since(self, earlier: "Counts") -> "Counts":
        """Return what was counted since `earlier`; everything if the counts began again at 0."""
        if self.requests < earlier.requests:
            return self
        within = {bound: count - earlier.within.get(bound, 0) for bound, count in self.within.items()}
        return Counts(
            self.requests - earlier.requests,
            self.errors - earlier.errors,
            self.rejections - earlier.rejections,
            within,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the counts as values that JSON can hold."""
        return asdict(self) | {"within": [[bound, count] for bound, count in self.within.items()]}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Return the counts that `to_json` has described."""
        return cls(**{**document, "within": {float(bound): int(count) for bound, count in document["within"]}})

    def slower_than(self, bound: float) -> int:
        """Return the number of requests that took longer than a bound."""
        return self.requests - self.within.get(bound, self.requests)

    @property
    def p99(self) -> float:
        """The 99th percentile of the latency in seconds, interpolated as Prometheus does; NaN if unknown."""
        wanted, lower, below = QUANTILE * self.requests, 0.0, 0
        for bound, count in sorted(self.within.items()):
            if count >= wanted and count > below:
                return lower + (bound - lower) * (wanted - below) / (count - below)
            lower, below = bound, count
        return float("nan")


def read_counts(exposition: str) -> Counts:
    """Read the counts of predictions from metrics in the text format of Prometheus."""
    from prometheus_client.parser import text_string_to_metric_families

    statuses: dict[str, int] = {}
    within: dict[float, int] = {}
    for family in text_string_to_metric_families(exposition):
        for sample in family.samples:
            if sample.labels.get("route") != ROUTE:
                continue
            if sample.name == "textlab_requests_total":
                status = sample.labels["status"]
                statuses[status] = statuses.get(status, 0) + int(sample.value)
            elif sample.name == "textlab_request_seconds_bucket":
                bound = float(sample.labels["le"])
                within[bound] = within.get(bound, 0) + int(sample.value)
    return Counts(
        requests=sum(statuses.values()),
        errors=sum(count for status, count in statuses.items() if status >= "500" and status not in REJECTED),
        rejections=sum(count for status, count in statuses.items() if status in REJECTED),
        within=within,
    )


def rises(before: Counts, after: Counts, looks: int = 1, times_slower: float = 1.0) -> list[str]:
    """Say what has risen after a switch, in a sentence each; [] if nothing has.

    The latency has risen if its 99th percentile is more than `ALLOWED_SLOWDOWN` times the earlier one, and
    significantly more requests than before are slower than the bucket of the earlier one.

    Args:
        before, after: the counts of the two periods.
        looks: how often the question is asked in all.
        times_slower: how many times slower the gate has found the challenger to be; at least 1.
    """
    if not after.requests:
        return []
    alpha = SIGNIFICANCE / (QUESTIONS * looks)
    found = []
    for name, bad_before, bad_after in (
        ("errors", before.errors, after.errors),
        ("rejections", before.rejections, after.rejections),
    ):
        p = _p_of_rise(bad_before, before.requests, bad_after, after.requests)
        share = bad_after / after.requests
        if p < alpha and share - bad_before / max(before.requests, 1) > LEAST_RISE:
            found.append(
                f"The share of {name} has risen from {_share(bad_before, before.requests)} to "
                f"{_share(bad_after, after.requests)} (p = {p:.2g})."
            )
    return found + _slower(before, after, alpha, times_slower)


def _slower(before: Counts, after: Counts, alpha: float, times_slower: float) -> list[str]:
    bound = min((each for each in after.within if each >= before.p99), default=float("inf"))
    if bound == float("inf") or not after.p99 > ALLOWED_SLOWDOWN * times_slower * before.p99:
        return []
    slow_before, slow_after = before.slower_than(bound), after.slower_than(bound)
    p = _p_of_rise(slow_before, before.requests, slow_after, after.requests)
    if p >= alpha:
        return []
    return [
        "The 99th percentile of the latency has risen from about "
        f"{1000 * before.p99:.3g} to {1000 * after.p99:.3g} ms: "
        f"{_share(slow_after, after.requests)} take longer than {1000 * bound:g} ms, before the switch "
        f"{_share(slow_before, before.requests)} (p = {p:.2g})."
    ]


def _p_of_rise(bad_before: int, before: int, bad_after: int, after: int) -> float:
    from scipy.stats import binomtest, fisher_exact

    if not before:
        return float(binomtest(bad_after, after, EXPECTED, alternative="greater").pvalue)
    table = [[bad_after, after - bad_after], [bad_before, before - bad_before]]
    return float(fisher_exact(table, alternative="greater").pvalue)


def _share(count: int, requests: int) -> str:
    return f"{count:,} of {requests:,} requests"
