"""A look as Prometheus gauges in a file, which node_exporter's textfile collector reads."""

from pathlib import Path

from textlab.monitoring.look import Look
from textlab.paths import replacing

PREFIX = "textlab_monitoring_"


def write_gauges(look: Look, path: Path) -> None:
    """Write the gauges of a look in one step, so that Prometheus never reads half a file.

    The gauges have the labels `model` and `version`. A figure that the look does not have is left out.

    Raises:
        OSError: the file cannot be written. An older one stays.
    """
    from prometheus_client import CollectorRegistry, Gauge, generate_latest

    registry = CollectorRegistry()
    common = {"model": look.name, "version": str(look.version)}

    def gauge(name: str, meaning: str, values: list[tuple[dict[str, str], float]]) -> None:
        if values:
            family = Gauge(PREFIX + name, meaning, [*common, *values[0][0]], registry=registry)
            for labels, value in values:
                family.labels(**common, **labels).set(value)

    gauge("drift", "1 if the last look found drift, else 0.", [({}, float(look.is_drift))])
    gauge("look_timestamp_seconds", "Time of the last look.", [({}, look.made)])
    gauge("window_start_timestamp_seconds", "Start of the window of the last look.", [({}, look.since)])
    gauge("predictions", "Number of predictions in the window.", [({}, look.predictions)])
    tests = [({"kind": each.kind, "test": each.name}, each.adjusted_p) for each in look.findings]
    gauge("p_value", "P value of each test, corrected for the number of tests.", tests)
    if look.estimate:
        for name, score in (("accuracy", look.estimate.accuracy), ("macro_f1", look.estimate.macro_f1)):
            bounds = (("value", score.value), ("low", score.low), ("high", score.high))
            meaning = f"Estimated {name.replace('_', ' ')} without labels, with its 95% interval."
            gauge(f"estimated_{name}", meaning, [({"bound": bound}, value) for bound, value in bounds])
    real = [({"source": each.source}, each.accuracy.value) for each in look.real_scores]
    gauge("real_accuracy", "Accuracy where right labels are known.", real)
    with replacing(path) as partial:
        partial.write_bytes(generate_latest(registry))
        partial.chmod(0o644)  # node_exporter runs as another user; the file holds numbers only
