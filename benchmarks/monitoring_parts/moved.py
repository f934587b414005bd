"""False alarms and power of a look, on real tweets."""

import time
from collections import Counter

from rich.table import Table
from tqdm.auto import tqdm

from monitoring_parts.cases import NO_SHIFT, SHIFTS, Case
from monitoring_parts.corpus import Corpus
from monitoring_parts.results import Results
from textlab.monitoring.budget import decide
from textlab.monitoring.inputs import input_findings
from textlab.monitoring.outputs import output_findings

ALPHA = 0.05
PART = "moved"


def measure(corpus: Corpus, results: Results, cases: tuple[Case, ...], looks: int) -> None:
    """Judge looks that have not been measured, each with training, validation and traffic of its own."""
    for look in tqdm(range(looks), desc=", ".join(case.name for case in cases)):
        wanted = [(case, size) for case in cases for size in case.sizes]
        open_ones = [(case, size) for case, size in wanted if (PART, case.name, size, look) not in results]
        draw = corpus.draw(look) if open_ones else None
        for case, size in open_ones:
            assert draw is not None
            rows = case.rows(corpus, draw, size, look)
            traffic, table = corpus.traffic(rows), corpus.table.take(rows)
            started = time.process_time()
            findings = [*output_findings(draw.reference, traffic).findings]
            findings += input_findings(draw.reference, traffic, look, table).findings
            alarms = [finding.name for finding in decide(findings, ALPHA).alarms]
            seconds = time.process_time() - started
            p_values = {finding.name: finding.p for finding in findings}
            results.add(PART, case.name, size, look, alarms=alarms, p=p_values, seconds=seconds)


def false_alarms(corpus: Corpus, results: Results, looks: int) -> Table:
    """Count looks with an alarm where nothing has moved."""
    measure(corpus, results, (NO_SHIFT,), looks)
    return _table(results, (NO_SHIFT,), looks)


def power(corpus: Corpus, results: Results, looks: int) -> Table:
    """Count looks with an alarm where something has moved."""
    measure(corpus, results, SHIFTS, looks)
    return _table(results, SHIFTS, looks)


def _table(results: Results, cases: tuple[Case, ...], looks: int) -> Table:
    table = Table("case", "texts", "looks", "alarm", "95 % interval", "tests that raised it", "seconds a look")
    for case in cases:
        for size in case.sizes:
            rows = list(results.of(PART, case.name, size, looks))
            alarms = sum(bool(row["alarms"]) for row in rows)
            names = Counter(name for row in rows for name in row["alarms"]).most_common()
            table.add_row(
                case.name,
                f"{size:,}",
                f"{len(rows):,}",
                percent(alarms / len(rows)),
                interval(alarms, len(rows)),
                ", ".join(f"{name} {percent(count / len(rows))}" for name, count in names),
                f"{sum(row['seconds'] for row in rows) / len(rows):.2f}",
            )
    return table


def percent(share: float) -> str:
    """Write a share in percent with one decimal."""
    return f"{100 * share:.1f}%"


def interval(count: int, total: int) -> str:
    """Write the 95 % interval (Wilson) of a share."""
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(count, total, method="wilson")
    return f"{percent(low)} to {percent(high)}"
