"""A checkpoint like XLM-R on texts in German, Greek, Japanese and Thai: fitted, saved and exported."""

import numpy as np
import pandas as pd
import pytest
from small_encoders import small_config
from tokenizers import AddedToken, Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import Unigram
from tokenizers.trainers import UnigramTrainer
from transformers import AutoModel, PreTrainedTokenizerFast

from textlab.models.bert import BERT
from textlab.models.saved_model import SavedModel
from textlab.models.transformer import resume as bert_resume

SUBJECTS = ["Der Zug", "Das Frühstück", "Η πτήση", "Το ξενοδοχείο", "このホテルは", "朝食は", "เที่ยวบิน", "อาหาร"]
OPINIONS = [
    ("war wieder schrecklich", "war wirklich großartig"),
    ("ήταν απαίσια", "ήταν υπέροχο"),
    ("最悪でした。", "最高でした！"),
    ("แย่มาก", "ดีมาก"),
]
OTHERS = [
    "",
    " ",
    "ΉΤΑΝ ΥΠΈΡΟΧΟ",
    "großa\u0308rtig",
    "ﾎﾃﾙ  最高",
    "<s>schrecklich</s> <mask> 最悪",
    "Рейс 👍🏽",
    "最" * 90,
]


def opinions(count, seed):
    chance, labels = np.random.default_rng(seed), np.arange(count) % 2
    numbers = chance.integers(len(SUBJECTS), size=count)
    texts = []
    for number, label in zip(numbers, labels, strict=True):
        gap = "" if number >= 4 else " "  # Japanese and Thai have no blanks between words
        texts.append(f"{SUBJECTS[number]}{gap}{OPINIONS[number // 2][label]} {chance.integers(9)}")
    return pd.DataFrame({"text": texts, "label": labels})


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """A folder as save_pretrained writes it: a small XLM-R and a Unigram tokenizer that knows the texts."""
    folder = tmp_path_factory.mktemp("checkpoint")
    tokenizer = Tokenizer(Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    trainer = UnigramTrainer(vocab_size=120, special_tokens=special, unk_token="<unk>", show_progress=False)
    tokenizer.train_from_iterator([*opinions(200, 9)["text"], *SUBJECTS], trainer)
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True)])
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    names = {"bos": "<s>", "cls": "<s>", "eos": "</s>", "sep": "</s>", "pad": "<pad>", "unk": "<unk>", "mask": "<mask>"}
    named = {f"{use}_token": token for use, token in names.items()}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **named).save_pretrained(folder)
    config = small_config("xlm-roberta", vocab_size=tokenizer.get_vocab_size(), initializer_range=0.1)
    AutoModel.from_config(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def model(checkpoint, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bert_resume, "FOLDER", tmp_path_factory.mktemp("checkpoints"))
        settings = BERT.tiny().parameters | {"checkpoint": str(checkpoint), "epochs": 6, "maximum_length": 32}
        fitted = BERT(**settings)
        fitted.fit(opinions(96, 0), opinions(24, 1), seed=1)
    return fitted


def test_opinions_in_four_scripts_are_learnt(model):
    test = opinions(48, 2)
    assert (model.predict_proba(test[["text"]]).argmax(axis=1) == test["label"]).mean() >= 0.95


def test_saved_model_reads_other_languages_too(model, tmp_path):
    model.save(tmp_path / "model")
    texts = [*opinions(16, 3)["text"], *OTHERS]
    np.testing.assert_allclose(
        BERT.load(tmp_path / "model").predict_proba(texts), model.predict_proba(texts), atol=1e-6
    )


@pytest.mark.slow
def test_export_reads_other_languages_and_tells_the_same(model, tmp_path):
    model.export(tmp_path / "export")
    texts = [*opinions(48, 4)["text"], *OTHERS]
    answers = SavedModel(tmp_path / "export", model.signature()).answer({"text": texts})
    np.testing.assert_allclose(answers, model.predict_proba(texts), atol=1e-5)
