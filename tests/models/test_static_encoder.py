"""The static encoder: vectors of word pieces that learn a BERT's vectors of texts, and then from queries."""

import numpy as np
import pytest
from tiny_data import ODD_TEXTS, tiny_retrieval_dataset

from textlab.models.static_encoder import StaticEncoder
from textlab.models.static_encoder.network import text_vectors
from textlab.models.static_encoder.piece_vectors import RARITY, principal_components, weighted
from textlab.models.static_encoder.teacher import Teacher, distillation_texts
from textlab.models.transformer.batches import Tokens
from textlab.models.transformer.checkpoint import open_checkpoint


@pytest.fixture(scope="module")
def dataset():
    return tiny_retrieval_dataset(per_split=16)


@pytest.fixture(scope="module")
def fitted(dataset):
    model = StaticEncoder.tiny()
    return model, model.fit(dataset, seed=3)


def tokens_of(*texts):
    return Tokens(np.concatenate(texts).astype(np.int32), np.array([len(text) for text in texts]))


def test_text_vector_is_the_unit_sum_of_its_pieces():
    vectors = np.array([[3, 0], [0, 4], [1, 1]], np.float32)
    np.testing.assert_allclose(text_vectors(vectors, tokens_of([0, 1], [2])), [[0.6, 0.8], [2**-0.5] * 2], rtol=1e-6)


def test_frequent_piece_weighs_less():
    vectors = np.array([[1, 0], [-1, 0], [0, 1], [0, -1]], np.float32)
    lengths = np.linalg.norm(weighted(vectors, tokens_of([0] * 9 + [1])), axis=1)
    np.testing.assert_allclose(lengths, [RARITY / (RARITY + 0.9), RARITY / (RARITY + 0.1), 1, 1], rtol=1e-5)


def test_principal_components_keep_the_widest_directions():
    vectors = np.diag([1.0, 5.0, 3.0]).astype(np.float32)
    projection = principal_components(vectors, 2)
    np.testing.assert_allclose(np.abs(projection), [[0, 0], [1, 0], [0, 1]], atol=1e-6)
    np.testing.assert_array_equal(principal_components(vectors, 0), np.eye(3))


def test_training_improves_on_the_vectors_it_begins_with(fitted):
    _, history = fitted
    assert history["validation_ndcg_10"].max() > history["validation_ndcg_10"][0] + 0.05


def test_best_vectors_are_kept(fitted, dataset):
    from textlab.models.ranking import vector_measures

    model, history = fitted
    encoded = model.encode(dataset.documents["text"].tolist()), model.encode(dataset.validation["text"].tolist())
    measures = vector_measures(dataset, dataset.validation, *encoded)
    assert measures["validation_ndcg_10"] == pytest.approx(history["validation_ndcg_10"].max())


def test_without_training_the_weighted_word_embeddings_remain(dataset):
    model = StaticEncoder(checkpoint="tiny", distillation_epochs=0, epochs=0)
    assert len(model.fit(dataset)) == 1


def test_vectors_can_be_shorter_than_those_of_the_checkpoint(dataset):
    model = StaticEncoder(checkpoint="tiny", dimension=8, distillation_epochs=1, epochs=0)
    model.fit(dataset)
    assert model.encode(["rust in Oslo"]).shape == (1, 8)
    assert model.index_settings({}).dimension == 8


def test_narrow_word_embeddings_are_projected_to_the_width_of_the_states(dataset):
    model = StaticEncoder(checkpoint="tiny-electra", distillation_epochs=1, epochs=0)
    model.fit(dataset)
    assert model.encode(["rust in Oslo"]).shape == (1, 32)


def test_order_of_the_words_does_not_count(fitted):
    model, _ = fitted
    one, other = model.encode(["rust services in Oslo", "Oslo in services rust"])
    np.testing.assert_allclose(one, other, atol=1e-6)


def test_empty_text_has_the_vector_of_the_ends_alone(fitted):
    model, _ = fitted
    empty, blank = model.encode(["", "  \n"])
    np.testing.assert_array_equal(empty, blank)
    assert np.linalg.norm(empty) == pytest.approx(1)


def test_odd_texts_have_unit_vectors(fitted):
    np.testing.assert_allclose(np.linalg.norm(fitted[0].encode(ODD_TEXTS), axis=1), 1, rtol=1e-5)


def test_teacher_averages_its_states_whatever_the_padding():
    import torch
    from transformers import BertModel

    texts = ["rust", "builds services in Oslo with friends"]
    torch.manual_seed(0)
    checkpoint = open_checkpoint("tiny", texts)
    torch.manual_seed(1)
    vectors = Teacher(checkpoint).text_vectors(texts)
    torch.manual_seed(1)
    network = checkpoint.load(BertModel).eval()
    for text, vector in zip(texts, vectors, strict=True):
        with torch.inference_mode():
            states = network(torch.tensor([checkpoint.tokenizer.encode(text).ids])).last_hidden_state[0].mean(0)
        np.testing.assert_allclose(vector, (states / states.norm()).numpy(), atol=1e-5)


def test_teacher_reads_copies_once_and_no_more_texts_than_it_can():
    assert distillation_texts(["a", "b", "a"]) == ["a", "b"]
    many = [str(number) for number in range(30_000)]
    drawn = distillation_texts(many)
    assert len(drawn) == 20_000
    assert drawn == distillation_texts(many)
