import json
import shutil

import ml_dtypes
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from small_encoders import small_classifier

from textlab.models.transformer.checkpoint_files import check_length, check_tokens, read_encoder, read_weights
from textlab.text.tokenisers.reading import TokeniserRules

SINGLE, SHARDS = "model.safetensors", "model.safetensors.index.json"


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Folders of small classifiers as transformers saves them, by architecture."""
    folders = {}
    for kind in ("bert", "roberta", "modernbert", "deberta-v2"):
        folders[kind] = tmp_path_factory.mktemp(kind)
        small_classifier(kind).save_pretrained(folders[kind])
    return folders


@pytest.fixture
def folder(saved, tmp_path):
    """A copy of the folder of a RoBERTa to be changed."""
    return shutil.copytree(saved["roberta"], tmp_path / "changed")


def weights_of(folder, with_head=True):
    return read_weights(folder, read_encoder(folder), with_head)


def changed_weights(folder, change):
    """Replace the weights by what `change` makes of them; it returns None for a weight to be left out."""
    found = {name: change(name, weight) for name, weight in load_file(folder / SINGLE).items()}
    save_file({name: weight for name, weight in found.items() if weight is not None}, folder / SINGLE)


def in_shards(folder):
    """Spread the weights over two files, as transformers does with large models."""
    weights = load_file(folder / SINGLE)
    (folder / SINGLE).unlink()
    places = {name: f"model-0000{1 + number % 2}-of-00002.safetensors" for number, name in enumerate(weights)}
    for file in set(places.values()):
        save_file({name: weights[name] for name in weights if places[name] == file}, folder / file)
    (folder / SHARDS).write_text(json.dumps({"metadata": {}, "weight_map": places}))


def test_shards_hold_the_same_weights_as_one_file(folder):
    expected = weights_of(folder)
    in_shards(folder)
    np.testing.assert_equal(weights_of(folder), expected)


@pytest.mark.parametrize("precision", [np.float16, ml_dtypes.bfloat16])
def test_weights_of_half_the_bits_become_float32(folder, precision):
    expected = weights_of(folder)
    changed_weights(folder, lambda name, weight: weight.astype(precision))
    for name, weight in weights_of(folder).items():
        assert weight.dtype == np.float32
        np.testing.assert_allclose(weight, expected[name], rtol=0.01, atol=1e-4)


def test_encoder_by_itself_has_the_same_weights_as_within_a_classifier(folder):
    expected = weights_of(folder, with_head=False)
    weights = load_file(folder / SINGLE)
    alone = {name.removeprefix("roberta."): weight for name, weight in weights.items() if "roberta." in name}
    save_file(alone, folder / SINGLE)
    found = weights_of(folder, with_head=False)
    np.testing.assert_equal(found, {name: expected[name] for name in found})
    with pytest.raises(ValueError, match=r"have no classifier\.dense\.weight\. Fine-tune the checkpoint to classify"):
        weights_of(folder)


def test_word_embeddings_may_be_stored_as_the_last_layer_of_a_language_model(folder):
    name = "roberta.embeddings.word_embeddings.weight"
    expected = weights_of(folder)[name]
    weights = load_file(folder / SINGLE)
    save_file({**weights, "lm_head.decoder.weight": weights.pop(name)}, folder / SINGLE)
    np.testing.assert_equal(weights_of(folder)[name], expected)


def test_norms_may_have_their_names_of_2018(folder):
    expected = weights_of(folder)
    old = {"LayerNorm.weight": "LayerNorm.gamma", "LayerNorm.bias": "LayerNorm.beta"}
    weights = load_file(folder / SINGLE)
    for new_name, old_name in old.items():
        weights = {name.replace(new_name, old_name): weight for name, weight in weights.items()}
    save_file(weights, folder / SINGLE)
    np.testing.assert_equal(weights_of(folder), expected)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("bert", "bert.encoder.layer.1.attention.self.key.bias"),
        ("bert", "bert.pooler.dense.weight"),
        ("roberta", "classifier.out_proj.bias"),
        ("modernbert", "model.layers.3.attn_norm.weight"),
        ("modernbert", "head.norm.weight"),
        ("deberta-v2", "deberta.encoder.rel_embeddings.weight"),
        ("deberta-v2", "deberta.encoder.LayerNorm.bias"),
    ],
)
def test_missing_weight_is_named(saved, tmp_path, kind, name):
    folder = shutil.copytree(saved[kind], tmp_path / "changed")
    changed_weights(folder, lambda other, weight: None if other == name else weight)
    with pytest.raises(ValueError, match=rf"^The weights in .* have no {name}\. "):
        weights_of(folder)


def halved(folder, end):
    changed_weights(folder, lambda name, weight: weight[: len(weight) // 2].copy() if name.endswith(end) else weight)


def with_nan(folder):
    changed_weights(folder, lambda name, weight: weight * np.nan if "layer.1.output.dense.weight" in name else weight)


def with_damaged_index(folder):
    (folder / SINGLE).unlink()
    (folder / SHARDS).write_text(json.dumps({"weight_map": {"roberta.embeddings": 3}}))


def without_second_shard(folder):
    in_shards(folder)
    (folder / "model-00002-of-00002.safetensors").unlink()


def with_shard_elsewhere(folder):
    shutil.move(folder / SINGLE, folder.parent / SINGLE)
    (folder / SHARDS).write_text(json.dumps({"weight_map": {"roberta.embeddings": f"../{SINGLE}"}}))


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda folder: (folder / SINGLE).unlink(), r"holds no weights: model\.safetensors is missing"),
        (lambda folder: (folder / SINGLE).write_bytes(b"half a file"), r"The weights in .* cannot be read \("),
        (without_second_shard, r"lacks model-00002-of-00002\.safetensors, which model\.safetensors\.index\.json lists"),
        (with_shard_elsewhere, r"lacks \.\./model\.safetensors, which"),
        (lambda folder: (folder / "config.json").write_text("{"), r"config\.json is no JSON \("),
        (lambda folder: (folder / "config.json").write_text("[]"), r"config\.json holds no JSON object"),
        (
            lambda folder: halved(folder, "layer.1.intermediate.dense.weight"),
            r"layer\.1\.intermediate\.dense\.weight in .* has the shape \(32, 32\), but config\.json says \(64, 32\)",
        ),
        (lambda folder: halved(folder, "layer.1.attention.self.query.weight"), r"query\.weight in .* says \(32, 32\)"),
        (lambda folder: halved(folder, "layer.1.attention.self.query.bias"), r"query\.bias in .* says \(32,\)"),
        (lambda folder: halved(folder, "layer.1.output.LayerNorm.weight"), r"Norm\.weight in .* says \(32,\)"),
        (with_nan, r"layer\.1\.output\.dense\.weight in .* has values that are not finite"),
        (with_damaged_index, r"index\.json has no weight_map from names to files"),
    ],
)
def test_damaged_folder_is_refused_in_one_sentence(folder, spoil, sentence):
    spoil(folder)
    with pytest.raises((ValueError, FileNotFoundError), match=sentence):
        weights_of(folder)


@pytest.mark.parametrize(("rows", "longest"), [(130, 128), (60, 58)])
def test_length_beyond_the_positions_is_refused(folder, rows, longest):
    changed_weights(folder, lambda name, weight: weight[:rows].copy() if "position_embeddings" in name else weight)
    encoder, weights = read_encoder(folder), weights_of(folder)
    check_length(folder, weights, encoder, longest)
    with pytest.raises(ValueError, match=rf"is {longest + 1}\. The model in .* takes 3 to {longest} tokens"):
        check_length(folder, weights, encoder, longest + 1)


@pytest.mark.parametrize(
    ("largest", "prefix", "sentence"),
    [
        (120, (0,), "gives ids up to 120, but the model has 120 word embeddings"),
        (119, (), "gives an empty text no token"),
    ],
)
def test_tokenizer_that_does_not_fit_the_model_is_refused(folder, largest, prefix, sentence):
    rules = TokeniserRules((), None, None, None, prefix, (), largest)
    with pytest.raises(ValueError, match=sentence):
        check_tokens(folder, weights_of(folder), read_encoder(folder), rules)
