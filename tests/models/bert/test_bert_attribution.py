"""Attribution of a prediction of BERT to the words of the text."""

import numpy as np
import pytest
import torch
from tiny_data import ODD_TEXTS, tiny_dataset

from textlab.models.bert import BERT
from textlab.models.bert.attribution import word_attributions
from textlab.models.transformer import resume as bert_resume
from textlab.models.transformer.batches import tokenise

TEXT = "the crew of train flight 3 was lovely and great !"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    dataset = tiny_dataset()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bert_resume, "FOLDER", tmp_path_factory.mktemp("checkpoints"))
        fitted = BERT.tiny()
        fitted.fit(dataset.train, dataset.validation, seed=3)
    return fitted


def logits(model, numbers):
    with torch.inference_mode():
        return model.network(torch.from_numpy(numbers)[None].long())[0].numpy()


def test_attributions_of_a_text_add_up_to_the_difference_in_the_logit(model):
    found = word_attributions(model, [TEXT])
    assert found["word"].tolist() == TEXT.split()
    numbers = tokenise(model.tokenizer, [TEXT], 128).numbers
    masked = numbers.copy()
    masked[1:-1] = model.tokenizer.token_to_id("[MASK]")
    predicted = logits(model, numbers).argmax()
    difference = (logits(model, numbers) - logits(model, masked))[predicted]
    assert found["attribution"].sum() == pytest.approx(difference, rel=0.15)


def test_words_with_sentiment_drive_the_prediction_more_than_the_others(model):
    found = word_attributions(model, [TEXT]).set_index("word")["attribution"]
    assert set(found.nlargest(2).index) <= {"lovely", "great", "and", "was"}
    assert found[["lovely", "great"]].sum() > found[["the", "crew", "of"]].sum()


def test_word_of_several_pieces_is_one_word(model):
    found = word_attributions(model, ["lovelyish crews"])
    assert found["word"].tolist() == ["lovelyish", "crews"]


def test_odd_texts_get_finite_attributions(model):
    found = word_attributions(model, ODD_TEXTS)
    assert np.isfinite(found["attribution"]).all()
    assert 0 not in found["text"].unique()  # the empty text has no word


def test_words_beyond_the_maximum_length_are_left_out(model):
    assert len(word_attributions(model, ["lovely " * 200])) == 126


def test_no_texts_give_no_rows(model):
    assert list(word_attributions(model, [])) == ["text", "word", "attribution"]
