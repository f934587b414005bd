"""Names and numbers of a comparison in words."""

SIMILAR_SPEED = 1.25  # latencies within this factor count as equal: they vary as much from run to run
SPELLINGS = {
    "macro_f1": "macro F1",
    "micro_f1": "micro F1",
    "roc_auc": "ROC AUC",
    "ndcg_10": "nDCG@10",
    "mrr_10": "MRR@10",
    "map_100": "MAP@100",
    "recall_10": "recall@10",
    "recall_100": "recall@100",
}


def metric_text(metric: str) -> str:
    """Write a metric's name for people: "macro recall", "ROC AUC"."""
    return SPELLINGS.get(metric, metric.replace("_", " "))


def p_text(p: float) -> str:
    """Write a p value as papers do: "p = 0.003", "p < 0.001"."""
    if p < 0.001:
        return "p < 0.001"
    return f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"


def p_value(p: float) -> str:
    """Write a p value for a column of p values: "0.003", "< 0.001"."""
    return p_text(p).removeprefix("p ").removeprefix("= ")


def points(difference: float) -> str:
    """Write a difference in hundredths: "1.2 points"."""
    number = f"{100 * difference:.1f}"
    return f"{number} {'point' if number == '1.0' else 'points'}"


def speed_text(times: float) -> str:
    """Write a ratio of latencies: "2.4 times faster", "9 times slower"."""
    word, factor = ("faster", times) if times > 1 else ("slower", 1 / times)
    return f"{factor:.1f} times {word}" if factor < 3 else f"{factor:.0f} times {word}"


def relative_speed(times: float) -> str:
    """Write a ratio of latencies as `speed_text` does, or "about as fast" within `SIMILAR_SPEED`."""
    return "about as fast" if 1 / SIMILAR_SPEED < times < SIMILAR_SPEED else speed_text(times)
