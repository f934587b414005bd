"""TweetEval keeps its published test splits, and no text of them is in training."""

import hashlib
from pathlib import Path

import pytest
from loopback import Server

import textlab.data
from textlab.data.sources import tweet_eval
from textlab.data.split import duplicate_keys

TINY = {
    "train_text.txt": [r"it\u2019s late", "good", "good", "under both", "Under both", "taken by test", "taken by dev"],
    "train_labels.txt": [0, 1, 1, 0, 1, 1, 0],
    "val_text.txt": ["Taken by dev", "R&amp;amp;D \x85 \u2028 fine", "TAKEN by test"],
    "val_labels.txt": [0, 1, 1],
    "test_text.txt": ["taken by test", "taken  by test", "new"],
    "test_labels.txt": [1, 1, 0],
}
PUBLISHED_CHECKSUMS = [task for task in tweet_eval.VARIANTS if task in tweet_eval.CHECKSUMS]


def write(contents: dict[str, list], monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """Return the files as bytes; make their checksums the expected ones of the task irony."""
    files = {name: "".join(f"{line}\n" for line in lines).encode() for name, lines in contents.items()}
    checksums = {name: (hashlib.sha256(content).hexdigest(),) for name, content in files.items()}
    monkeypatch.setitem(tweet_eval.CHECKSUMS, "irony", checksums)
    return files


def fill(mirror: Path, files: dict[str, bytes]) -> None:
    (mirror / "tweet_eval" / "irony").mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (mirror / "tweet_eval" / "irony" / name).write_bytes(content)


def test_test_split_keeps_all_rows_and_its_texts_leave_training(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(mirror, write(TINY, monkeypatch))
    dataset = tweet_eval.load("irony")
    assert dataset.test["text"].to_list() == ["taken by test", "taken  by test", "new"]
    assert dataset.test["id"].to_list() == ["test-00000", "test-00001", "test-00002"]
    assert dataset.test["label"].to_list() == [1, 1, 0]
    assert dataset.validation["text"].to_list() == ["Taken by dev", "R&D \x85 \u2028 fine"]
    assert sorted(dataset.train["text"]) == ["good", "it’s late"]
    assert dataset.label_names == ("non_irony", "irony")


def test_files_are_downloaded_from_the_folder_of_their_task(
    server: Server, raw_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = write(TINY, monkeypatch)
    monkeypatch.setattr(tweet_eval, "URL", server.url)
    server.contents = {f"/irony/{name}": content for name, content in files.items()}
    assert len(textlab.data.load("tweet_eval/irony").test) == 3
    assert (raw_data / "tweet_eval" / "irony" / "val_text.txt").read_bytes() == files["val_text.txt"]


def test_order_of_the_training_file_does_not_matter(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(mirror, write(TINY, monkeypatch))
    digest = tweet_eval.load("irony").digest
    turned = TINY | {name: TINY[name][::-1] for name in ("train_text.txt", "train_labels.txt")}
    fill(mirror, write(turned, monkeypatch))
    assert tweet_eval.load("irony").digest == digest


def test_missing_label_is_an_error(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(mirror, write(TINY | {"val_labels.txt": [0, 1]}, monkeypatch))
    with pytest.raises(ValueError, match=r"val_text.txt has 3 lines, but val_labels.txt has 2\. There must be one"):
        tweet_eval.load("irony")


def test_labels_of_another_edition_are_an_error(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(mirror, write(TINY, monkeypatch))
    checksums = tweet_eval.CHECKSUMS["irony"]
    other = {"train_text.txt": ("0" * 64, *checksums["train_text.txt"])}
    labels = {"train_labels.txt": (*checksums["train_labels.txt"], "1" * 64)}
    monkeypatch.setitem(tweet_eval.CHECKSUMS, "irony", checksums | other | labels)
    with pytest.raises(ValueError, match="come from two editions, so the labels would belong to other texts"):
        tweet_eval.load("irony")


def fill_stance(mirror: Path, parts: dict[str, list[str]]) -> None:
    """Write the parts of the task stance, each text of which is of the class "against"."""
    for part, texts in parts.items():
        folder = mirror / "tweet_eval" / "stance" / part
        folder.mkdir(parents=True)
        for name in ("train", "val", "test"):
            own = [f"{name} {part} {text}" for text in texts]
            (folder / f"{name}_text.txt").write_text("".join(f"{text}\n" for text in own))
            (folder / f"{name}_labels.txt").write_text("".join(f"{number % 3}\n" for number in range(len(own))))


def test_parts_of_a_task_are_joined_in_order_and_tagged(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill_stance(mirror, {part: ["a", "b", "c"] for part in tweet_eval.PARTS["stance"]})
    monkeypatch.setitem(tweet_eval.SIZES, "stance", (15, 15, 15))
    dataset = tweet_eval.load("stance")
    assert dataset.test["tags"].tolist() == [part for part in tweet_eval.PARTS["stance"] for _ in range(3)]
    assert dataset.test["text"].iloc[3] == "test atheism a"
    assert dataset.test["id"].is_unique
    assert dataset.label_names == ("none", "against", "favor")


def test_task_without_known_checksums_must_have_its_published_sizes(mirror: Path) -> None:
    fill_stance(mirror, {part: ["a", "b", "c"] for part in tweet_eval.PARTS["stance"]})
    with pytest.raises(ValueError, match=r"tweet_eval/stance has \(15, 15, 15\) rows .* but \(2620, 294, 1249\) were"):
        tweet_eval.load("stance")


@pytest.mark.parametrize("task", PUBLISHED_CHECKSUMS)
def test_real_task_has_its_published_sizes_and_its_splits_share_no_text(
    task: str, real_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEXTLAB_MIRROR", str(real_data))
    dataset = textlab.data.load(f"tweet_eval/{task}")
    train, validation, test = tweet_eval.SIZES[task]
    assert len(dataset.test) == test
    assert validation - 1 <= len(dataset.validation) <= validation
    assert train * 0.99 < len(dataset.train) <= train
    keys = [set(duplicate_keys(frame["text"])) for _, frame in dataset.splits()]
    assert len(set.union(*keys)) == sum(map(len, keys))
    assert len(keys[0]) == len(dataset.train)


def test_real_test_rows_match_published_predictions(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEXTLAB_MIRROR", str(real_data))
    labels = textlab.data.load("tweet_eval/irony").test["label"]
    published = real_data / "tweet_eval" / "published_predictions" / "irony.txt"
    predictions = [int(line) for line in published.read_text().split()]
    accuracy = sum(int(label == prediction) for label, prediction in zip(labels, predictions, strict=True)) / 784
    assert accuracy > 0.6


def test_no_escape_or_entity_is_left_in_real_tweets(real_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEXTLAB_MIRROR", str(real_data))
    for task in PUBLISHED_CHECKSUMS:
        for _, frame in textlab.data.load(f"tweet_eval/{task}").splits():
            left = frame["text"].str.contains(r"\\u[0-9a-f]{4}|\\n|&(?:amp|lt|gt|quot|nbsp|#[0-9]+);", regex=True)
            assert not left.any(), f"{task}: {frame.loc[left, 'id'].to_list()[:5]}"
