import itertools

import numpy as np
import pandas as pd
import pytest

from textlab.data.label_set_split import label_set_split
from textlab.data.multilabel_dataset import indicator

NAMES = ("a", "b", "c", "d")
SHARES = (0.7, 0.1, 0.2)


def frame_of(labels: list[tuple[int, ...]]) -> pd.DataFrame:
    return pd.DataFrame(
        {"id": map(str, range(len(labels))), "text": map("text {}".format, range(len(labels))), "label": labels}
    )


@pytest.fixture(scope="module")
def many() -> pd.DataFrame:
    random = np.random.default_rng(0)
    has = random.random((600, 4)) < [0.5, 0.3, 0.1, 0.01]
    has[random.random(600) < 0.2] = False
    return frame_of([tuple(map(int, np.flatnonzero(row))) for row in has])


def test_every_label_keeps_its_share_in_every_part(many: pd.DataFrame) -> None:
    parts = label_set_split(many, SHARES, 0, NAMES)
    assert sorted(itertools.chain(*(part["id"] for part in parts))) == sorted(many["id"])
    totals = indicator(many["label"], 4).sum(axis=0)
    for part, share in zip(parts, SHARES, strict=True):
        counts = indicator(part["label"], 4).sum(axis=0)
        assert (np.abs(counts - share * totals) <= 1.5).all()
        assert len(part) == pytest.approx(share * 600, abs=15)
        without = (part["label"].map(len) == 0).mean()
        assert without == pytest.approx((many["label"].map(len) == 0).mean(), abs=0.06)


def test_label_with_as_many_texts_as_parts_is_in_each_part() -> None:
    labels = [(0,)] * 40 + [(1,)] * 30 + [(0, 3), (1, 3), (2, 3)] + [(2,)] * 9
    for seed in range(5):
        for part in label_set_split(frame_of(labels), SHARES, seed, NAMES):
            assert indicator(part["label"], 4).any(axis=0).all()


def test_parts_depend_on_the_seed_and_not_on_the_order_of_rows(many: pd.DataFrame) -> None:
    first = label_set_split(many, SHARES, 0, NAMES)
    again = label_set_split(many.sample(frac=1, random_state=1), SHARES, 0, NAMES)
    assert [part["id"].to_list() for part in first] == [part["id"].to_list() for part in again]
    assert first[2]["id"].to_list() != label_set_split(many, SHARES, 1, NAMES)[2]["id"].to_list()


def test_copies_of_a_text_stay_in_one_part(many: pd.DataFrame) -> None:
    twins = pd.concat([many, many.assign(id="twin-" + many["id"], text=many["text"].str.upper())])
    for part in label_set_split(twins, SHARES, 0, NAMES):
        assert set(part["text"].str.lower().value_counts()) == {2}


def test_rare_label_is_refused_or_stays_in_train() -> None:
    frame = frame_of([(0,)] * 20 + [(1,)] * 10 + [(0, 2), (2,), ()])
    with pytest.raises(ValueError, match=r"at least 3 distinct texts of each label: 'c' has 2\. .* rare=train"):
        label_set_split(frame, SHARES, 0, NAMES)
    train, *others = label_set_split(frame, SHARES, 0, NAMES, "train")
    assert indicator(train["label"], 4)[:, 2].sum() == 2
    assert all(indicator(part["label"], 4)[:, :2].any(axis=0).all() for part in others)
