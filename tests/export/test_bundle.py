import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from tiny_data import tiny_dataset

from textlab.bundle_format.documents import BundleError
from textlab.bundle_format.manifest import verify_manifest, write_manifest
from textlab.bundle_format.signature import of_limited_length
from textlab.export.bundle import Bundle, write_bundle
from textlab.export.description import word_shares
from textlab.models.logistic_regression import LogisticRegression


@pytest.fixture(scope="module")
def model():
    dataset = tiny_dataset(3)
    fitted = LogisticRegression.tiny()
    fitted.fit(dataset.train, dataset.validation)
    return fitted


@pytest.fixture(scope="module")
def written(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("written") / "bundle"
    return folder, write_bundle(model, tiny_dataset(3), folder, {"run_id": "abc"})


@pytest.fixture
def bundle(written, tmp_path):
    """A copy, which a test may damage. Writing a bundle takes seconds."""
    return shutil.copytree(written[0], tmp_path / "bundle")


def test_bundle_answers_like_the_model_and_names_the_classes_in_order(model, bundle):
    loaded = Bundle(bundle)
    texts = ["the crew was lovely", "rude!", ""]
    np.testing.assert_allclose(loaded.predict_proba(texts), model.predict_proba(texts), atol=1e-5)
    assert loaded.label_names == ["negative", "positive", "neutral"]
    assert loaded.predict_proba([]).shape == (0, 3)


def test_card_holds_the_measurements(written):
    folder, facts = written
    card = json.loads((folder / "assets.extra/card.json").read_text())
    assert card["run_id"] == "abc"
    assert card["measured"] == vars(facts)
    assert card["calibration"]["method"] == "none"
    assert 0 <= facts.parity <= 1e-5
    assert 0 < facts.latency_ms <= facts.latency_p99_ms
    assert facts.tweets_per_second > 0
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
    assert 0 < facts.bundle_mb < size  # the card and the manifest come after the measurement
    assert facts.bundle_mb == pytest.approx(size, rel=0.1)


def test_reference_describes_the_training_texts_and_quotes_none(bundle):
    text = (bundle / "assets.extra/reference.json").read_text()
    reference = json.loads(text)
    assert reference["texts"] == 40
    assert sum(reference["class_shares"].values()) == pytest.approx(1)
    assert reference["words_deciles"][5] == 11
    assert reference["words"]["shares"]["crew"] == 1
    assert not [line for line in tiny_dataset(3).train["text"] if line in text]


def test_word_shares_leave_out_mentions_links_and_rare_words():
    texts = (
        ["@Bob such lovely crew, LOVELY! https://t.co/x1"] * 5 + ["a word that is rare isn't"] * 4 + ["Crew isn't 7"]
    )
    assert word_shares(texts) == {"crew": 0.6, "lovely": 0.5, "such": 0.5, "isn't": 0.5}


@pytest.mark.parametrize("name", ["saved_model.pb", "assets/word_ngrams.txt", "assets.extra/labels.json"])
def test_one_changed_byte_is_refused(bundle, name):
    path = bundle / name
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(ValueError, match=f"does not match its manifest.*changed: {name}"):
        Bundle(bundle)


def test_missing_and_added_files_are_refused(bundle):
    (bundle / "assets.extra/labels.json").unlink()
    (bundle / "assets/more.txt").write_text("x")
    with pytest.raises(ValueError, match=r"missing: assets\.extra/labels\.json; not listed: assets/more\.txt"):
        verify_manifest(bundle)


def test_unfinished_bundle_is_refused(bundle):
    (bundle / "assets.extra/manifest.json").unlink()
    with pytest.raises(FileNotFoundError, match="not a finished bundle"):
        Bundle(bundle)


def test_export_that_answers_differently_leaves_no_bundle(model, tmp_path):
    class Drifted(LogisticRegression):
        def predict_proba(self, texts):
            return super().predict_proba(texts)[:, ::-1]

    drifted = Drifted.tiny()
    drifted.fit(tiny_dataset(3).train, tiny_dataset(3).validation)
    with pytest.raises(ValueError, match="differs from the trained one by"):
        write_bundle(drifted, tiny_dataset(3), tmp_path / "bundle", {})
    assert not (tmp_path / "bundle").exists()


@pytest.mark.parametrize("told", [True, False])
def test_export_that_tells_nothing_about_the_length_of_texts_is_refused(told, model, tmp_path):
    """A family states the output and implements the method, or does neither."""

    class HalfDone(LogisticRegression):
        def _truncated(self, examples):
            return None if told else np.zeros(len(examples), bool)

        def signature(self):
            signature = replace(super().signature(), explains=None)
            return of_limited_length(signature, 100) if told else signature

        def _export(self, folder):
            import tensorflow as tf

            super()._export(folder)
            loaded = tf.saved_model.load(str(folder))
            answer = loaded.signatures["serving_default"]

            @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
            def serve(text):
                return {"probabilities": answer(text=text)["probabilities"], "truncated": tf.strings.length(text) > 5}

            loaded.serve = serve
            tf.saved_model.save(loaded, str(folder), signatures=serve)

    unfinished = HalfDone.tiny()
    unfinished.fit(tiny_dataset(3).train, tiny_dataset(3).validation)
    with pytest.raises(ValueError, match="Give the family both or neither"):
        write_bundle(unfinished, tiny_dataset(3), tmp_path / "bundle", {})


@pytest.mark.parametrize("content", [b"", b'{"sha256": {"a', b"{}", b"[]", b'{"sha256": []}', b"\xff"])
def test_damaged_manifest_is_reported_as_damaged(bundle, content):
    (bundle / "assets.extra/manifest.json").write_bytes(content)
    with pytest.raises(ValueError, match=r"is damaged: assets\.extra/manifest\.json does not list any files"):
        Bundle(bundle)


def test_score_that_is_not_finite_becomes_null(model, tmp_path):
    card = {"metrics": {"roc_auc": float("nan"), "accuracy": 0.5}, "more": [np.float64("inf"), (1, "NaN")]}
    write_bundle(model, tiny_dataset(3), tmp_path / "bundle", card)
    text = (tmp_path / "bundle/assets.extra/card.json").read_text()
    saved = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert saved["metrics"] == {"roc_auc": None, "accuracy": 0.5}
    assert saved["more"] == [None, [1, "NaN"]]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("assets.extra/card.json", b"[1]", "does not hold a JSON object"),
        ("variables/variables.index", b"x" * 100, "could not load"),
        ("variables/variables.data-00000-of-00001", b"x" * 100, "could not load"),
        ("saved_model.pb", b"\xff" * 100, "could not load"),
    ],
)
def test_bundle_with_a_damaged_file_is_refused_although_its_manifest_fits(bundle, tmp_path, name, content, message):
    copy = shutil.copytree(bundle, tmp_path / "copy")
    (copy / name).write_bytes(content)
    write_manifest(copy)
    with pytest.raises(BundleError, match=message):
        Bundle(copy)


def test_export_that_may_do_more_than_compute_is_refused_before_it_is_loaded(model, tmp_path, monkeypatch):
    def export_that_reads(folder):
        import tensorflow as tf

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="text")])
        def serve(text):
            tf.print(tf.io.read_file("/etc/hostname"))
            return {"probabilities": tf.ones([tf.size(text), 3]) / 3}

        tf.saved_model.save(tf.Module(), str(folder), signatures=serve)

    monkeypatch.setattr(model, "export", export_that_reads)
    with pytest.raises(BundleError) as caught:
        write_bundle(model, tiny_dataset(3), tmp_path / "bundle", {})
    assert "its graph holds PrintV2, which prints or logs, ReadFile, which reads or writes files." in str(caught.value)
    assert not (tmp_path / "bundle").exists()
