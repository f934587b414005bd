"""BM25: its settings follow from validation, and its index is all of it."""

import pytest
import Stemmer
from tiny_data import tiny_retrieval_dataset

from textlab.models.bm25 import BM25
from textlab.models.term_settings import LANGUAGES, TermSettings, TermTrials
from textlab.search import Document, Index, build_index


@pytest.fixture(scope="module")
def dataset():
    return tiny_retrieval_dataset()


def test_every_language_has_a_stemmer():
    assert set(LANGUAGES) <= set(Stemmer.algorithms())


def test_settings_with_the_best_validation_score_are_chosen(dataset):
    model = BM25()
    history = model.fit(dataset)
    best = history["validation_ndcg_10"].idxmax()
    chosen = TermSettings(*(model.resolved[name] for name in ("stemmer", "k1", "b")))
    assert str(chosen) in set(
        history.loc[history["validation_ndcg_10"] == history["validation_ndcg_10"][best], "setting"]
    )
    assert len(history) == len(set(history["setting"])) > 10


def test_given_settings_are_kept(dataset):
    model = BM25(k1=2.5, stemmer="german")
    history = model.fit(dataset)
    assert (model.resolved["k1"], model.resolved["stemmer"]) == (2.5, "german")
    assert history["setting"].str.startswith("german, k1 2.5").all()


def test_second_fit_chooses_anew(dataset):
    model = BM25()
    model.fit(dataset)
    model.resolved |= {"k1": 99.0}
    model.fit(dataset)
    assert model.resolved["k1"] < 99


def test_index_ranks_with_the_chosen_settings(dataset, tmp_path):
    model = BM25(k1=0.6, b=0.25, stemmer="none")
    history = model.fit(dataset)
    assert model.index_settings({}).stemmer == ""
    documents = [
        Document(id_, text) for id_, text in zip(dataset.documents["id"], dataset.documents["text"], strict=True)
    ]
    build_index(tmp_path / "index", documents, model.index_settings({}))
    texts = dataset.validation["text"].tolist()
    found = [[hit.position for hit in hits] for hits in Index(tmp_path / "index").rank(texts, None, 100)]
    settings = TermSettings("none", 0.6, 0.25)
    tried = TermTrials(dataset, "ndcg_10").rankings([settings])[settings]
    assert found == [ranking.tolist() for ranking in tried]
    assert len(history) == 1


def test_saved_model_has_the_chosen_settings(dataset, tmp_path):
    model = BM25()
    model.fit(dataset)
    model.save(tmp_path)
    assert BM25.load(tmp_path).index_settings(dataset.fields) == model.index_settings(dataset.fields)


def test_there_are_no_vectors_and_no_graph(dataset, tmp_path):
    model = BM25.tiny()
    model.fit(dataset)
    with pytest.raises(ValueError, match=r"BM25 ranks by terms and has no vectors\. Use a family with an encoder"):
        model.encode(["rust"])
    with pytest.raises(ValueError, match=r"no graph to export\. Its index is all of it"):
        model.export(tmp_path / "export")
    assert not (tmp_path / "export").exists()


def test_index_settings_of_a_model_that_is_not_fitted_are_refused():
    with pytest.raises(ValueError, match="is not fitted"):
        BM25().index_settings({})
