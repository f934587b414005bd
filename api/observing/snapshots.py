"""Snapshots of a worker's metrics, which other workers read and add to their own."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

GAUGE = "gauge"
SampleKey = tuple[str, tuple[tuple[str, str], ...]]  # name and labels of a sample


@dataclass(eq=False)
class Snapshot:
    """The samples of some metrics at one moment.

    Attributes:
        families: for each metric, its type and its description.
        values: for each metric, its values by the name and the labels of the sample.
    """

    families: dict[str, tuple[str, str]] = field(default_factory=dict)
    values: dict[str, dict[SampleKey, float]] = field(default_factory=dict)

    @classmethod
    def of(cls, registry: Any) -> "Snapshot":
        """A snapshot of a registry of prometheus_client."""
        made = cls()
        for family in registry.collect():
            made.families[family.name] = (family.type, family.documentation)
            made.values[family.name] = {
                (sample.name, tuple(sorted(sample.labels.items()))): sample.value
                for sample in family.samples
                if not sample.name.endswith("_created")  # a time, which cannot be added
            }
        return made

    def add(self, other: "Snapshot", gauges: bool) -> None:
        """Add the values of another snapshot.

        Args:
            other: the other snapshot.
            gauges: whether to add gauges, which describe the present of a live worker.
        """
        for name, (kind, description) in other.families.items():
            if kind == GAUGE and not gauges:
                continue
            own = self.values.setdefault(name, {})
            added = other.values[name]
            if kind == "histogram" and own and added and _bounds(own) != _bounds(added):
                continue  # an earlier release, which had other buckets, has written them
            self.families.setdefault(name, (kind, description))
            for key, value in added.items():
                own[key] = own.get(key, 0.0) + value

    def collect(self) -> Iterator[Any]:
        """The metrics as families of prometheus_client, so that a snapshot serves as a collector."""
        from prometheus_client.core import Metric

        for name, (kind, description) in self.families.items():
            family = Metric(name, description, kind)
            for (sample, labels), value in self.values[name].items():
                family.add_sample(sample, dict(labels), value)
            yield family

    def document(self) -> list[Any]:
        """The snapshot as a JSON document."""
        return [
            [
                name,
                kind,
                description,
                [[sample, labels, value] for (sample, labels), value in self.values[name].items()],
            ]
            for name, (kind, description) in self.families.items()
        ]

    @classmethod
    def of_document(cls, document: Any) -> "Snapshot":
        """The snapshot in a JSON document.

        Raises:
            ValueError: the document does not describe a snapshot.
        """
        made = cls()
        try:
            for name, kind, description, samples in document:
                made.families[str(name)] = (str(kind), str(description))
                made.values[str(name)] = {
                    (str(sample), tuple((str(label), str(text)) for label, text in labels)): float(value)
                    for sample, labels, value in samples
                }
        except TypeError as error:
            raise ValueError("not a snapshot") from error
        return made


def _bounds(values: Iterable[SampleKey]) -> set[str]:
    return {text for _, labels in values for label, text in labels if label == "le"}
