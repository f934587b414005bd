"""spaCy's parts of speech and named entities per class, with and without an installed model."""

import pandas as pd
import pytest
import spacy

from textlab.data.exploring import linguistics

TEXTS = pd.DataFrame(
    {
        "label": pd.Categorical(["late", "late", "kind"], ["late", "kind", "never drawn"]),
        "text": ["Rain &amp; wind in London. I love London.", "   ", "Angela Merkel was kind to us in Paris #"],
    }
)


@pytest.fixture(scope="module")
def annotations():
    return linguistics.annotate(TEXTS)


def test_entities_count_once_per_text_and_as_a_share_of_the_class(annotations):
    shares = linguistics.entity_shares(annotations)
    assert list(shares) == ["late", "kind"]
    assert shares.loc["GPE (Countries, cities, states)"].to_list() == [0.5, 1.0]
    assert linguistics.frequent_entities(annotations, 5)["late"].to_list()[0] == "London (1)"
    assert linguistics.frequent_entities(annotations, 1)["kind"].notna().sum() == 1


def test_parts_of_speech_are_shares_of_the_classs_tokens(annotations):
    shares = linguistics.part_of_speech_shares(annotations)
    assert shares.sum().to_list() == pytest.approx([1.0] * shares.shape[1])
    assert shares.loc["proper noun", "late"] == pytest.approx(2 / 10)
    assert annotations.texts["tokens"].to_list()[:2] == [10, 0], "&amp; is one token, and white space is none"


def test_summary_names_the_model_and_its_author(annotations):
    assert "by Explosion (language: en) read 3 training texts" in annotations.summary


def test_without_a_model_a_blank_pipeline_counts_tokens_and_says_what_is_missing(monkeypatch):
    monkeypatch.setattr(spacy.util, "get_installed_models", list)
    annotations = linguistics.annotate(TEXTS)
    assert "No spaCy model of the language 'en' is installed. A blank pipeline split 3" in annotations.summary
    assert "https://spacy.io/models" in annotations.summary
    assert annotations.texts["tokens"].sum() > 10
    assert linguistics.part_of_speech_shares(annotations).empty
    assert linguistics.entity_shares(annotations).empty
    assert linguistics.frequent_entities(annotations, 5).empty


def test_only_the_beginning_of_a_very_long_text_is_read(monkeypatch):
    monkeypatch.setattr(spacy.util, "get_installed_models", list)
    long = pd.DataFrame({"label": ["a"], "text": ["word " * 250_000]})
    assert linguistics.annotate(long).texts["tokens"].to_list() == [20_000]


def test_model_of_another_language_is_not_used():
    assert linguistics.model_name("en")
    assert linguistics.model_name("de") is None
    assert linguistics.annotate(TEXTS, "de").model == ""
