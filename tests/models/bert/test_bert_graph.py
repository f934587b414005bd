import json
import shutil
import subprocess
import sys

import ml_dtypes
import numpy as np
import pytest
import tensorflow as tf
from safetensors.numpy import load_file, save_file
from tiny_data import ODD_TEXTS, WORDS
from typer.testing import CliRunner

from textlab.models.bert.graph import app, export_bert
from textlab.text.graph import encode

MAXIMUM_LENGTH = 20
TEXTS = [
    *ODD_TEXTS,
    *(f"the crew was {word} and {'very ' * number * 8}{word}!" for number, word in enumerate(WORDS)),
    *(" ".join(["lovely", "Late", "rüde", "x", "[SEP]", "crew", "!!"][: number % 8]) for number in range(150)),
]
# The reference is made in a process of its own, as torch and TensorFlow are not mixed in one.
REFERENCE = """
import json, sys
from pathlib import Path
import numpy as np, torch
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import TemplateProcessing
from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

folder, maximum_length = Path(sys.argv[1]), int(sys.argv[2])
special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
words = "the crew of flight was and very lovely late rude ! # @ x ##z z ##x & ; amp lt 0 1 2 ##0 ##1 ##2".split()
vocabulary = {piece: number for number, piece in enumerate([*special, *words])}
core = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]"))
core.normalizer, core.pre_tokenizer = BertNormalizer(), BertPreTokenizer()
core.post_processor = TemplateProcessing("[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
names = dict(zip(["pad_token", "unk_token", "cls_token", "sep_token", "mask_token"], special))
PreTrainedTokenizerFast(tokenizer_object=core, **names).save_pretrained(folder)
torch.manual_seed(7)
config = BertConfig(
    vocab_size=len(vocabulary), hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=48,
    max_position_embeddings=24, type_vocab_size=3, layer_norm_eps=1e-3, num_labels=3, initializer_range=0.4,
)
model = BertForSequenceClassification(config).eval()
with torch.no_grad():
    for parameter in model.parameters():  # biases and norms would be all zeros and ones
        parameter += 0.1 * torch.randn_like(parameter)
model.save_pretrained(folder)
tokenizer = AutoTokenizer.from_pretrained(folder)
texts = json.loads((folder / "texts.json").read_text())
batch = tokenizer(texts, truncation=True, max_length=maximum_length, padding=True, return_tensors="pt")
batch["token_type_ids"] = torch.zeros_like(batch["input_ids"])
with torch.inference_mode():
    probabilities = torch.softmax(model(**batch).logits, dim=1)
np.save(folder / "probabilities.npy", probabilities.numpy())
"""
ANSWER = """
import json, sys
import tensorflow as tf
loaded = tf.saved_model.load(sys.argv[1])
assert sorted(loaded.signatures) == ["explain", "serving_default"]
probabilities = loaded.signatures["serving_default"](text=tf.constant(["the crew was lovely", ""]))["probabilities"]
others = {"textlab", "tensorflow_text", "keras_hub", "tokenizers", "transformers", "torch"}
assert not others & {name.split(".")[0] for name in sys.modules}
print(json.dumps(probabilities.numpy().tolist()))
"""


def run(*arguments):
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)


def well_formed(text):
    """The text as a tokenizer can take it: what is no UTF-8 is U+FFFD, as in the graph."""
    return text.encode("utf-8", errors="surrogatepass").decode("utf-8", errors="replace")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A two-layer BERT as transformers saves it, with texts and the probabilities that it gives them."""
    path = tmp_path_factory.mktemp("bert")
    (path / "texts.json").write_text(json.dumps([well_formed(text) for text in TEXTS]))
    made = run("-c", REFERENCE, str(path), str(MAXIMUM_LENGTH))
    assert made.returncode == 0, made.stderr
    return path


@pytest.fixture(scope="module")
def saved_model(folder, tmp_path_factory):
    target = tmp_path_factory.mktemp("export") / "model"
    length = ["--maximum-length", str(MAXIMUM_LENGTH)]
    exported = run("-m", "textlab.models.bert.graph", str(folder), str(target), *length)
    assert exported.returncode == 0, exported.stderr
    return target


@pytest.fixture(scope="module")
def served(saved_model):
    loaded = tf.saved_model.load(str(saved_model))
    signature = loaded.signatures["serving_default"]

    def probabilities(texts):
        return signature(text=tf.constant(encode(texts), tf.string))["probabilities"].numpy()

    probabilities.loaded = loaded  # the signature alone does not hold the variables
    return probabilities


@pytest.fixture
def changed(folder, tmp_path):
    """A copy of the folder to be spoilt."""
    return shutil.copytree(folder, tmp_path / "changed")


def test_probabilities_equal_those_from_transformers(folder, served):
    expected = np.load(folder / "probabilities.npy")
    assert expected.std(axis=0).max() > 0.05  # the texts differ in what the model says
    np.testing.assert_allclose(served(TEXTS), expected, atol=1e-5)


def test_text_gets_the_same_probabilities_alone(folder, served):
    expected = np.load(folder / "probabilities.npy")
    for row in range(0, len(TEXTS), 10):
        np.testing.assert_allclose(served([TEXTS[row]]), expected[[row]], atol=1e-5)


def test_no_texts_get_no_probabilities(served):
    assert served([]).shape == (0, 3)


def test_bytes_that_are_not_utf8_get_probabilities(served):
    raw = served.loaded.signatures["serving_default"](text=tf.constant([b"the\xff crew\xe2"]))["probabilities"]
    np.testing.assert_allclose(raw.numpy(), served(["the crew"]), atol=1e-6)


@pytest.mark.slow  # the contract of classifiers does the same with a trained BERT
def test_exported_model_answers_in_a_process_that_knows_only_tensorflow(saved_model, served):
    answer = run("-c", ANSWER, str(saved_model))
    assert answer.returncode == 0, answer.stderr
    np.testing.assert_allclose(json.loads(answer.stdout), served(["the crew was lovely", ""]), atol=1e-6)


@pytest.mark.slow
def test_earlier_export_is_replaced_by_a_finished_one_only(changed, saved_model, served, tmp_path):
    target = shutil.copytree(saved_model, tmp_path / "model")
    with pytest.raises(ValueError, match="maximum length"):
        export_bert(changed, target, 0)
    assert (target / "saved_model.pb").exists()
    path = changed / "model.safetensors"
    weights = load_file(path)
    save_file(weights | {"classifier.bias": np.array([9, 0, 0], np.float32)}, path)
    export_bert(changed, target, MAXIMUM_LENGTH)
    loaded = tf.saved_model.load(str(target))
    answer = loaded.signatures["serving_default"](text=tf.constant(["crew"]))["probabilities"].numpy()
    assert answer[0, 0] > served(["crew"])[0, 0]
    assert [path.name for path in target.parent.iterdir() if path.name.startswith(".")] == []


@pytest.mark.slow
def test_weights_of_half_the_bits_are_exported_too(changed, served, tmp_path):
    path = changed / "model.safetensors"
    save_file({name: weight.astype(ml_dtypes.bfloat16) for name, weight in load_file(path).items()}, path)
    export_bert(changed, tmp_path / "model", MAXIMUM_LENGTH)
    loaded = tf.saved_model.load(str(tmp_path / "model"))
    answer = loaded.signatures["serving_default"](text=tf.constant(encode(TEXTS)))["probabilities"].numpy()
    assert 0 < np.abs(answer - served(TEXTS)).max() < 0.1


def with_config(folder, **settings):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | settings))


def without_weight(folder, name):
    path = folder / "model.safetensors"
    save_file({other: weight for other, weight in load_file(path).items() if other != name}, path)


def with_short_vocabulary(folder):
    path = folder / "model.safetensors"
    weights = load_file(path)
    name = "bert.embeddings.word_embeddings.weight"
    save_file(weights | {name: weights[name][:20].copy()}, path)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (
            lambda folder: with_config(folder, model_type="gpt2"),
            "The checkpoint has the architecture 'gpt2', which is not supported",
        ),
        (
            lambda folder: with_config(folder, hidden_act="swish9"),
            "The checkpoint has the activation 'swish9'",
        ),
        (
            lambda folder: with_config(folder, position_embedding_type="relative_key"),
            "has position_embedding_type='relative_key', but only 'absolute' is supported",
        ),
        (lambda folder: (folder / "config.json").unlink(), r"config\.json is missing\. Name a folder that save"),
        (lambda folder: (folder / "model.safetensors").unlink(), r"holds no weights: model\.safetensors is missing"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b"short"), r"The weights in .* cannot be read"),
        (
            lambda folder: without_weight(folder, "classifier.weight"),
            r"The weights in .* have no classifier\.weight\. Fine-tune the checkpoint",
        ),
        (lambda folder: (folder / "tokenizer.json").unlink(), r"tokenizer\.json is missing\. Save the tokenizer"),
        (with_short_vocabulary, r"gives ids up to \d+, but the model has 20 word embeddings"),
    ],
)
def test_folder_that_cannot_be_exported_is_refused_in_one_sentence(changed, tmp_path, spoil, message):
    spoil(changed)
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        export_bert(changed, tmp_path / "target", MAXIMUM_LENGTH)
    assert not (tmp_path / "target").exists()


@pytest.mark.parametrize("length", [0, 2, 25])
def test_maximum_length_that_the_model_does_not_take_is_refused(folder, tmp_path, length):
    with pytest.raises(ValueError, match=rf"maximum length is {length}\. The model in .* takes 3 to 24 tokens"):
        export_bert(folder, tmp_path / "target", length)


def test_unknown_precision_is_refused(folder, tmp_path):
    with pytest.raises(ValueError, match=r"^The precision is 'int4'\. Choose one of: float32, int8\."):
        export_bert(folder, tmp_path / "target", 16, precision="int4")


def test_folder_with_something_else_is_not_replaced(folder, tmp_path):
    (tmp_path / "notes.txt").write_text("precious")
    with pytest.raises(FileExistsError, match="holds something that is no SavedModel"):
        export_bert(folder, tmp_path, MAXIMUM_LENGTH)
    assert (tmp_path / "notes.txt").read_text() == "precious"


def test_command_reports_an_error_in_one_sentence(tmp_path):
    result = CliRunner().invoke(app, [str(tmp_path), str(tmp_path / "target")])
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {tmp_path / 'config.json'} is missing")
    assert result.stderr.count("\n") == 1
