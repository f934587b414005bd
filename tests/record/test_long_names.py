"""Names that MLflow would refuse are shortened, and stay apart."""

from textlab.record.limits import METRIC_NAME, shortened


def test_short_name_stays() -> None:
    assert shortened("x" * METRIC_NAME, METRIC_NAME) == "x" * METRIC_NAME


def test_long_names_are_shortened_and_stay_apart() -> None:
    names = ["x" * 300 + end for end in ("a", "b", "\ud800")]
    short = [shortened(name, METRIC_NAME) for name in names]
    assert {len(name) for name in short} == {METRIC_NAME}
    assert len(set(short)) == 3
    assert short == [shortened(name, METRIC_NAME) for name in names]
