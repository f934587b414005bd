"""The counts of ended runs: counters and histograms outlive a restart, gauges describe the present and do not."""

import logging
import struct
from collections import defaultdict
from pathlib import Path

logger = logging.getLogger("textlab_api")

ENDED = "metrics"  # folder of the counts in the state folder
KINDS = ("counter", "histogram")


def add_counts(run: Path, total: Path) -> None:
    """Move the counts of an ended run to those of all runs before it.

    Args:
        run: the metrics folder of the run. It may be missing.
        total: folder with one file for each kind of metric.
    """
    for kind in KINDS:
        files = list(run.glob(f"{kind}_*.db"))
        if files:
            total.mkdir(exist_ok=True)
            try:
                _add(files, total / f"{kind}_ended.db")
            except OSError as error:
                logger.warning("counts of an ended run are lost", extra={"fields": {"error": type(error).__name__}})


def _add(files: list[Path], kept: Path) -> None:
    from prometheus_client.mmap_dict import MmapedDict

    sums: dict[str, float] = defaultdict(float)
    for path in [kept, *files]:
        for key, value in _counts(path).items():
            sums[key] += value
    part = kept.with_suffix(".part")
    part.unlink(missing_ok=True)
    written = MmapedDict(str(part))
    for key, value in sums.items():
        written.write_value(key, value, 0.0)
    written.close()
    for path in files:
        path.unlink()  # first, because a count that is lost misleads less than one that is added twice
    part.rename(kept)


def _counts(path: Path) -> dict[str, float]:
    """The counts in a file. A file that a failing machine has damaged holds none."""
    from prometheus_client.mmap_dict import MmapedDict

    try:
        return {key: value for key, value, _, _ in MmapedDict.read_all_values_from_file(str(path))}
    except FileNotFoundError:
        return {}
    except (RuntimeError, ValueError, struct.error):
        logger.warning("a file of counts is damaged", extra={"fields": {"file": path.name}})
        return {}
