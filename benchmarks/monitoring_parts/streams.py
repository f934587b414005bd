"""The search for a change over time, beside ADWIN of river, on simulated streams of predictions.

Bifet and Gavaldà (2007), "Learning from time-changing data with adaptive windowing". ADWIN sees the daily figures, or
each prediction.
"""

import numpy as np
from rich.table import Table
from river.drift import ADWIN
from tqdm.auto import tqdm

from monitoring_parts.corpus import Corpus
from monitoring_parts.results import Results
from textlab.monitoring.timeline import DAY, timeline

PART = "streams"
SINCE = 20_000 * DAY
DAYS = (7, 28)
A_DAY = 300  # predictions
RISES = (0.0, 0.05, 0.10, 0.16)
LEVEL, CHANGE_AT = 0.3, 0.6
LIMITS = (0.05, 0.005)


def streams(_: Corpus, results: Results, looks: int) -> Table:
    """Let the share of a class rise at 60 % of the window, and look for the change."""
    for days in DAYS:
        for rise in RISES:
            case = f"{days} days, {rise:.2f}"
            for look in tqdm(range(looks), desc=case):
                if (PART, case, days * A_DAY, look) not in results:
                    results.add(PART, case, days * A_DAY, look, **_measured(days, rise, look))
    return _table(results, looks)


def _measured(days: int, rise: float, look: int) -> dict[str, object]:
    random = np.random.default_rng([look, days])
    times = np.sort(SINCE + random.random(days * A_DAY) * days * DAY)
    changed = SINCE + CHANGE_AT * days * DAY
    figures = (random.random(len(times)) < np.where(times >= changed, LEVEL + rise, LEVEL)).astype(float)
    unrelated = random.random(len(times))
    found = timeline(times, {"share": figures, "other": unrelated}, SINCE, SINCE + days * DAY, seed=look).change
    assert found is not None
    day = ((times - SINCE) // DAY).astype(int)
    daily = np.bincount(day, figures, minlength=days) / np.bincount(day, minlength=days)
    alarm = _adwin_alarm(figures)
    return {
        "p": found.p,
        "error_days": abs(found.time - changed) / DAY,
        "held": bool(found.low <= changed + DAY / 2 and found.high >= changed - DAY / 2),
        "adwin_daily": _adwin_alarm(daily) is not None,
        "adwin_delay_days": None if alarm is None else float(times[alarm] - changed) / DAY,
    }


def _adwin_alarm(values: np.ndarray) -> int | None:
    """Return the position of ADWIN's first alarm, None without one."""
    detector = ADWIN()
    for position, value in enumerate(values):
        detector.update(value)
        if detector.drift_detected:
            return position
    return None


def _table(results: Results, looks: int) -> Table:
    table = Table(
        *("days", "rise", "streams", "p <= 0.05", "p <= 0.005", "date off by (median)", "interval of the date holds"),
        *("ADWIN, daily", "ADWIN, each prediction", "its delay (median)"),
    )
    for days in DAYS:
        for rise in RISES:
            rows = list(results.of(PART, f"{days} days, {rise:.2f}", days * A_DAY, looks))
            if not rows:
                continue
            p_values = np.array([row["p"] for row in rows])
            delays = [row["adwin_delay_days"] for row in rows if row["adwin_delay_days"] is not None]
            off = f"{np.median([row['error_days'] for row in rows]):.2f} days"
            table.add_row(
                *(str(days), f"{100 * rise:.0f} points", str(len(rows))),
                *(f"{100 * (p_values <= limit).mean():.0f}%" for limit in LIMITS),
                *((off, f"{100 * np.mean([row['held'] for row in rows]):.0f}%") if rise else ("", "")),
                f"{100 * np.mean([row['adwin_daily'] for row in rows]):.0f}%",
                f"{100 * len(delays) / len(rows):.0f}%",
                f"{np.median(delays):.1f} days" if delays and rise else "",
            )
    return table
