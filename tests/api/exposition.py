"""Reads metrics in the text format of Prometheus."""

from prometheus_client.parser import text_string_to_metric_families


def samples(text):
    """The value of each sample, by its name and its labels."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found[(sample.name, tuple(sorted(sample.labels.items())))] = sample.value
    return found


def total(found, name, **labels):
    """The sum over all samples of this name that have these labels."""
    return sum(
        value for (sample, given), value in found.items() if sample == name and labels.items() <= dict(given).items()
    )
