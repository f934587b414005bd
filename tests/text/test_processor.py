"""A text processor applies named steps, alike in Python and in a TensorFlow graph, and is saved by name."""

import json
import re
import sys
from pathlib import Path

import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from textlab.text import steps
from textlab.text.graph import encode
from textlab.text.processor import TextProcessor, step_class, step_names
from textlab.text.steps.lemmatise import Lemmatise
from textlab.text.steps.normalise import Normalise

TEXTS = [
    "The flights WERE delayed, <user> says: wasn't it better?",
    "Mice, geese & children's feet",
    "",
    " \x00 ",
    "İ 's s' no's ẞ <url> http://a.bc/d 😂😂 \ud800",
    "men",
]
PARTS = [*"abc '-\t\n\v\f\r\x1c\x85\u3000", "was", "s'", "'s", "Abe", "mice", "é"]


@pytest.fixture(scope="module")
def processor():
    return TextProcessor(Normalise(), Lemmatise())


@pytest.fixture(scope="module")
def in_graph(processor, tmp_path_factory):
    """A function that processes texts in the graph."""
    graph = processor.in_graph(tmp_path_factory.mktemp("tables"))
    function = tf.function(graph, input_signature=[tf.TensorSpec([None], tf.string)])
    return lambda texts: [text.decode() for text in function(tf.constant(encode(texts), tf.string)).numpy()]


def test_steps_are_applied_in_order(processor):
    assert processor.apply(["The FLIGHTS were delayed!!!"]) == ["the flight be delay !!"]
    assert TextProcessor(Lemmatise(), Normalise()).apply(["FLIGHTS were"]) == ["flights be"]


def test_graph_gives_the_same_texts_as_python(processor, in_graph):
    assert in_graph(TEXTS) == processor.apply(TEXTS)
    assert in_graph([]) == []


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.sampled_from(PARTS)).map("".join)))
def test_lemmas_are_the_same_in_the_graph_without_normalisation(lemmatise_in_graph, texts):
    assert lemmatise_in_graph(texts) == TextProcessor(Lemmatise()).apply(texts)


@pytest.fixture(scope="module")
def lemmatise_in_graph(tmp_path_factory):
    graph = Lemmatise().in_graph(tmp_path_factory.mktemp("tables"))
    return lambda texts: [text.decode() for text in graph(tf.constant(texts, tf.string)).numpy()]


def test_lemma_of_every_form_in_the_table_is_that_of_spacys_lemmatiser(in_graph):
    import spacy
    from spacy.tokens import Doc

    step = Lemmatise()
    pipeline = spacy.blank("en")
    pipeline.add_pipe("lemmatizer", config={"mode": "lookup"})
    pipeline.initialize()
    tokens = [*step.lemmas, "<user>", "unheard-of", "The", "THE", "😂", "don't"]
    expected = [token.lemma_ for token in pipeline(Doc(pipeline.vocab, words=tokens))]
    assert step.apply(" ".join(tokens)).split(" ") == expected


def test_table_of_lemmas_fits_the_files_that_hold_it():
    entries = [*Lemmatise().lemmas.keys(), *Lemmatise().lemmas.values()]
    assert len(entries) > 80_000
    assert not [entry for entry in entries if not entry or entry.split() != [entry]]


def test_loaded_processor_needs_no_package_with_tables(processor, tmp_path, monkeypatch):
    processor.save(tmp_path)
    monkeypatch.setitem(sys.modules, "spacy_lookups_data", None)  # importing it would fail
    loaded = TextProcessor.load(tmp_path)
    assert loaded.names == ["normalise", "lemmatise"]
    assert loaded.apply(TEXTS) == processor.apply(TEXTS)


def test_folder_without_a_processor_only_normalises(tmp_path):
    assert TextProcessor.load(tmp_path).names == ["normalise"]


def test_unknown_step_is_refused_with_the_steps_that_exist(tmp_path):
    (tmp_path / "text_processor.json").write_text(json.dumps({"steps": ["normalise", "lematise"]}))
    with pytest.raises(ValueError, match=r"Unknown text step 'lematise'\. Available: lemmatise, normalise\. Add"):
        TextProcessor.load(tmp_path)


@pytest.mark.parametrize("document", [{}, [], {"steps": "normalise"}])
def test_file_without_a_list_of_steps_is_refused(tmp_path, document):
    (tmp_path / "text_processor.json").write_text(json.dumps(document))
    with pytest.raises(ValueError, match=r"text_processor\.json lists no steps of a text processor\. Save the model"):
        TextProcessor.load(tmp_path)


@pytest.mark.parametrize("name", step_names())
def test_every_step_gives_the_same_texts_in_the_graph(name, tmp_path):
    step = step_class(name)()
    assert step.name == name
    texts = TextProcessor(Normalise()).apply(TEXTS)
    found = step.in_graph(tmp_path)(tf.constant(texts)).numpy()
    assert [text.decode() for text in found] == TextProcessor(step).apply(texts)


def test_step_of_the_guide_is_found_and_gives_the_same_texts_in_the_graph(tmp_path, monkeypatch):
    guide = (Path(__file__).resolve().parents[2] / "docs" / "guides" / "process-text.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```python\n(\"\"\".*?)^```", guide, re.MULTILINE | re.DOTALL)
    (tmp_path / "digits.py").write_text(block, encoding="utf-8")
    monkeypatch.setattr(steps, "__path__", [*steps.__path__, str(tmp_path)])
    assert step_names() == ["lemmatise", "normalise", "digits"]
    processor = TextProcessor(Normalise(), step_class("digits")())
    processor.save(tmp_path)
    assert TextProcessor.load(tmp_path).names == ["normalise", "digits"]
    assert processor.apply(["72 MINUTES ٣"]) == ["00 minutes ٣"]
    assert processor.in_graph(tmp_path)(tf.constant(["72 MINUTES ٣"])).numpy()[0].decode() == "00 minutes ٣"
    monkeypatch.delitem(sys.modules, "textlab.text.steps.digits")


def test_module_with_two_steps_is_refused(tmp_path, monkeypatch):
    source = "from textlab.text.steps.normalise import Normalise\nclass One(Normalise): ...\nclass Two(Normalise): ..."
    (tmp_path / "twins.py").write_text(source)
    monkeypatch.setattr(steps, "__path__", [*steps.__path__, str(tmp_path)])
    with pytest.raises(ValueError, match=r"steps\.twins defines 2 steps\. Define one subclass of Step in it"):
        step_class("twins")
    monkeypatch.delitem(sys.modules, "textlab.text.steps.twins")
