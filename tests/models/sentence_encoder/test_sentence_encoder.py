"""The sentence encoder as a whole: as it is and trained, and beside sentence-transformers."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
import torch
from tiny_data import ODD_TEXTS, tiny_retrieval_dataset
from transformers import BertModel

from textlab.models.in_batch_negatives import in_batch_loss
from textlab.models.sentence_encoder import SentenceEncoder, evaluation
from textlab.models.sentence_encoder.evaluation import ValidationSample
from textlab.models.transformer import resume
from textlab.models.transformer.checkpoint import open_checkpoint, save_checkpoint
from textlab.models.transformer.location import checkpoint_folder


@pytest.fixture(autouse=True)
def folders(tmp_path, monkeypatch):
    monkeypatch.setattr(resume, "FOLDER", tmp_path / "checkpoints")


@pytest.fixture(scope="module")
def dataset():
    return tiny_retrieval_dataset()


@pytest.fixture(scope="module")
def trained(dataset, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resume, "FOLDER", tmp_path_factory.mktemp("checkpoints"))
        model = SentenceEncoder.tiny()
        history = model.fit(dataset, seed=3)
    return model, history


@pytest.fixture(scope="module")
def checkpoint_on_disk(dataset, tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoint")
    torch.manual_seed(5)
    checkpoint = open_checkpoint("tiny", dataset.documents["text"].tolist())
    save_checkpoint(checkpoint.load(BertModel), checkpoint.tokenizer, folder)
    return folder


def test_model_as_it_is_has_the_vectors_of_its_checkpoint_whatever_the_seed(dataset, checkpoint_on_disk):
    one, other = (SentenceEncoder(str(checkpoint_on_disk), training="none", maximum_length=128) for _ in range(2))
    history = one.fit(dataset, seed=1)
    other.fit(dataset, seed=2)
    texts = dataset.documents["text"].tolist()
    assert history.empty
    assert one.step_history.empty
    np.testing.assert_array_equal(one.encode(texts), other.encode(texts))


def test_training_learns_and_lowers_the_loss(trained):
    model, history = trained
    assert model.step_history["train_loss"].iloc[-2:].mean() < model.step_history["train_loss"].iloc[:2].mean()
    assert {"epoch", "train_loss", "validation_loss", "validation_ndcg_10"} <= set(history.columns)
    assert history["epoch"].iloc[-1] == 4


def test_another_architecture_learns_and_is_read_back(dataset, tmp_path):
    model = SentenceEncoder(
        **SentenceEncoder.tiny().parameters
        | {"checkpoint": "tiny-mpnet", "learning_rate": 1e-3, "epochs": 8, "patience": 16}
    )
    model.fit(dataset)
    losses = model.step_history["train_loss"]
    assert losses.iloc[-2:].mean() < losses.iloc[:2].mean()
    model.save(tmp_path)
    texts = [*ODD_TEXTS, "rust services in Oslo"]
    np.testing.assert_array_equal(SentenceEncoder.load(tmp_path).encode(texts), model.encode(texts))


def test_weights_of_the_best_evaluation_are_kept(trained, dataset):
    model, history = trained
    sample = ValidationSample(dataset, "ndcg_10", model.resolved["temperature"])
    assert sample.measures(model.encode_in_bulk)["validation_ndcg_10"] == history["validation_ndcg_10"].max()


def test_training_that_its_budget_ended_says_so(dataset):
    model = SentenceEncoder(**SentenceEncoder.tiny().parameters | {"budget_minutes": 1e-6})
    history = model.fit(dataset)
    assert len(history) < 4
    assert "Training ended at its ceiling of 1e-06 minutes" in model.training_notes[0]


def test_more_pieces_than_the_checkpoint_has_positions_are_refused(dataset):
    with pytest.raises(ValueError, match="This checkpoint takes at most 128 tokens"):
        SentenceEncoder("tiny", maximum_length=129).fit(dataset)


def test_checkpoint_that_could_not_be_exported_is_refused_before_training(dataset, checkpoint_on_disk, tmp_path):
    other = shutil.copytree(checkpoint_on_disk, tmp_path / "other")
    config = json.loads((other / "config.json").read_text())
    (other / "config.json").write_text(json.dumps(config | {"hidden_act": "swish9"}))
    with pytest.raises(ValueError, match="the activation 'swish9'"):
        SentenceEncoder(str(other), maximum_length=128).fit(dataset)


def test_unknown_kind_of_training_is_refused():
    with pytest.raises(ValueError, match=r"Unknown training 'triplets'\..* Available: pairs, none"):
        SentenceEncoder(training="triplets")


def test_model_without_hard_negatives_needs_no_mining(dataset, monkeypatch):
    monkeypatch.setattr("textlab.models.sentence_encoder.model.hard_negatives", None)
    settings = SentenceEncoder.tiny().parameters | {"hard_negatives": 0, "epochs": 1}
    assert len(SentenceEncoder(**settings).fit(dataset)) == 2


def test_sample_of_validation_holds_all_relevant_documents_of_its_queries(dataset, monkeypatch):
    monkeypatch.setattr(evaluation, "MOST_DOCUMENTS", 5)
    monkeypatch.setattr(evaluation, "MOST_QUERIES", 6)
    sample = ValidationSample(dataset, "ndcg_10", 0.05)
    relevant = dataset.relevant("validation")
    assert 1 <= len(sample.queries) < 6
    assert len(sample.documents) == 5
    for query in sample.queries["id"]:
        assert set(relevant[query]) <= set(sample.documents["id"])


def test_perfect_vectors_have_the_best_scores(dataset):
    positions = dict(zip(dataset.documents["text"], range(len(dataset.documents)), strict=True))
    grades = dataset.relevant("validation")
    rows = {document: row for row, document in enumerate(dataset.documents["id"])}
    queries = dict(zip(dataset.validation["text"], dataset.validation["id"], strict=True))

    def encode(texts):
        vectors = np.zeros((len(texts), len(rows)), np.float32)
        for row, text in enumerate(texts):
            if text in positions:
                vectors[row, positions[text]] = 1
            else:
                for document, grade in grades[queries[text]].items():
                    vectors[row, rows[document]] = grade
        return vectors

    measures = ValidationSample(dataset, "ndcg_10", 0.05).measures(encode)
    assert measures["validation_ndcg_10"] == 1
    assert measures["validation_loss"] < 0.01


def test_minilm_as_it_is_gives_the_vectors_of_sentence_transformers(dataset):
    from sentence_transformers import SentenceTransformer

    model = SentenceEncoder(training="none")
    model.fit(dataset)
    texts = [*dataset.documents["text"].head(3), "a long text of many words " * 100, *ODD_TEXTS]
    texts.remove("\ud800 lovely")  # its tokenizer takes no half a surrogate pair
    theirs = SentenceTransformer(str(checkpoint_folder("minilm")), device="cpu").encode(texts)
    np.testing.assert_allclose(model.encode(texts), theirs, atol=1e-5)
    assert ((model.encode_in_bulk(texts) * theirs).sum(axis=1) > 0.999).all()


def test_loss_is_that_of_sentence_transformers_where_nothing_is_masked():
    from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss

    torch.manual_seed(0)
    queries, documents, negatives = (torch.nn.functional.normalize(torch.randn(6, 16)) for _ in range(3))
    theirs = MultipleNegativesRankingLoss(None, scale=20.0).compute_loss_from_embeddings(
        [queries, documents, negatives], torch.zeros(6)
    )
    candidates = torch.cat([documents, negatives])
    ours = in_batch_loss(queries, candidates, np.arange(6), np.zeros((6, 12), bool), 1 / 20)
    assert float(ours) == pytest.approx(float(theirs), abs=1e-5)


def test_history_is_a_frame_of_numbers(trained):
    _, history = trained
    assert all(pd.api.types.is_float_dtype(history[column]) for column in history)
