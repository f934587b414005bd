"""The metrics of the versions beside the champion: the canary and the shadow."""

from collections.abc import Callable, Iterable
from typing import Any, Protocol

MOST_PAIRS = 100  # pairs of classes beyond this number share a series, for each shadow
OTHER = "other"


class Deployed(Protocol):
    """The versions beside the champion, 0 for none, and the share of the callers whom the canary answers."""

    @property
    def canary(self) -> int: ...
    @property
    def percent(self) -> int: ...
    @property
    def shadow(self) -> int: ...


class VersionMetrics:
    """The counters and gauges of canary and shadow.

    Args:
        registry: the registry of the counters. The gauges describe the whole run, so they are not in it.
    """

    def __init__(self, registry: Any) -> None:
        import prometheus_client as client

        def counter(name: str, meaning: str, *labels: str) -> Any:
            return client.Counter(f"textlab_{name}", meaning, labels, registry=registry)

        self._errors = counter("version_errors", "Failed calls of a canary or a shadow", "role", "version")
        self._switched_off = counter("version_switched_off", "Versions that failed in a role", "role", "version")
        self._comparisons = counter("shadow_comparisons", "Texts that the shadow classified", "version")
        self._disagreements = counter(
            "shadow_disagreements",
            "Texts with another class from the shadow",
            *("version", "champion_class", "shadow_class"),
        )
        self._difference = counter(
            "shadow_difference", "Sum of the mean absolute differences of probabilities", "version"
        )
        self._dropped = counter("shadow_dropped", "Copies for which the shadow had no time", "version")
        self._pairs: set[tuple[int, str, str]] = set()
        self.canary = client.Gauge("textlab_canary_version", "Version of the canary, or 0", registry=None)
        self.percent = client.Gauge("textlab_canary_percent", "Share of callers of the canary", registry=None)
        self.shadow = client.Gauge("textlab_shadow_version", "Version of the shadow, or 0", registry=None)

    @property
    def gauges(self) -> list[Any]:
        """The gauges, which are equal in all workers."""
        return [self.canary, self.percent, self.shadow]

    def follow(self, deployment: Callable[[], Deployed]) -> None:
        """Let the gauges show the deployment from now on."""
        self.canary.set_function(lambda: deployment().canary)
        self.percent.set_function(lambda: deployment().percent)
        self.shadow.set_function(lambda: deployment().shadow)

    def count_failed_call(self, role: str, version: int) -> None:
        """Count a failed call of a canary or a shadow."""
        self._errors.labels(role, version).inc()

    def count_switched_off(self, role: str, version: int) -> None:
        """Count a version that failed in a role and was switched off."""
        self._switched_off.labels(role, version).inc()

    def count_dropped(self, version: int, texts: int) -> None:
        """Count copies for which the shadow had no time."""
        self._dropped.labels(version).inc(texts)

    def observe_comparisons(
        self, version: int, texts: int, difference: float, disagreements: Iterable[tuple[str, str]]
    ) -> None:
        """Count texts that the shadow has classified.

        Args:
            version: the shadow.
            texts: the number of texts.
            difference: the sum over the texts of the mean absolute difference of probabilities.
            disagreements: the champion's class and the shadow's, for each text on which they differ. At most
                MOST_PAIRS pairs have a series of their own, so that many classes do not make thousands of series.
        """
        self._comparisons.labels(version).inc(texts)
        self._difference.labels(version).inc(difference)
        for champion, shadow in disagreements:
            pair = (version, champion, shadow)
            if pair not in self._pairs:
                if sum(known == version for known, *_ in self._pairs) >= MOST_PAIRS:
                    pair = (version, OTHER, OTHER)
                else:
                    self._pairs.add(pair)
            self._disagreements.labels(*pair).inc()
