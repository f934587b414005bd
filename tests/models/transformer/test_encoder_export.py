"""Whole exports, from strings to probabilities, of an encoder with each kind of tokenizer."""

import numpy as np
import pytest
import tensorflow as tf
from small_encoders import small_classifier
from tiny_data import ODD_TEXTS, WORDS

from textlab.models.bert.graph import export_bert
from textlab.models.transformer.checkpoint import save_checkpoint
from textlab.models.transformer.tokenizer import tiny_byte_level, tiny_wordpiece
from textlab.text.graph import encode

MAXIMUM_LENGTH = 40
TEXTS = [
    *(text.encode("utf-8", "surrogatepass").decode("utf-8", "replace") for text in ODD_TEXTS),
    *(f"the crew was {word}, {'very ' * 9 * number}{word}!" for number, word in enumerate(WORDS)),
    "a <pad> written <mask>in a text</s>, and [MASK] too",
    "",
]


def tiny_unigram(texts):
    """Return a tokenizer of the kind that DeBERTa-v3 and XLM-RoBERTa have."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    special = ["[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]"]
    trainer = trainers.UnigramTrainer(vocab_size=300, special_tokens=special, unk_token="[UNK]", show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    ends = [(token, tokenizer.token_to_id(token)) for token in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    return tokenizer


KINDS = {"mpnet": tiny_wordpiece, "roberta": tiny_byte_level, "deberta-v2": tiny_unigram}


def by_transformers(model, tokenizer):
    """Return the probabilities of each text by itself."""
    import torch

    tokenizer.enable_truncation(MAXIMUM_LENGTH)
    ids = [tokenizer.encode(text).ids for text in TEXTS]
    with torch.inference_mode():
        logits = [model(input_ids=torch.tensor([text]), attention_mask=torch.ones(1, len(text))).logits for text in ids]
    return torch.softmax(torch.cat(logits), dim=1).numpy()


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_saved_model_answers_strings_as_transformers_does(kind, tmp_path):
    tokenizer = KINDS[kind](TEXTS * 3)
    model = small_classifier(kind, vocab_size=tokenizer.get_vocab_size())
    save_checkpoint(model, tokenizer, tmp_path / "checkpoint")
    export_bert(tmp_path / "checkpoint", tmp_path / "model", MAXIMUM_LENGTH)
    loaded = tf.saved_model.load(str(tmp_path / "model"))
    signature = loaded.signatures["serving_default"]
    probabilities = signature(text=tf.constant(encode(TEXTS), tf.string))["probabilities"]
    expected = by_transformers(model, tokenizer)
    assert expected.std(axis=0).max() > 0.05
    np.testing.assert_allclose(probabilities, expected, atol=1e-5)
