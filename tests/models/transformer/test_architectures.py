import json

import pytest
from small_encoders import SMALL, small_classifier, small_config

from textlab.models.transformer.architectures import architecture_names, describe


@pytest.fixture(params=sorted(SMALL))
def kind(request):
    return request.param


def named_parameters(encoder):
    """The weights that a description names, without the head."""
    parts = [encoder.name(part, layer) for part in encoder.names for layer in range(encoder.layers)]
    return {f"{part}.{end}" for part in parts for end in ("weight", "bias")}


def test_small_models_stand_for_every_architecture():
    assert sorted(SMALL) == sorted(architecture_names())


def test_description_names_every_weight_of_the_model(kind):
    model = small_classifier(kind)
    encoder = describe(model.config.to_dict())
    head = [encoder.head.dense, encoder.head.norm, encoder.head.output]
    named = named_parameters(encoder) | {f"{name}.{end}" for name in head for end in ("weight", "bias")}
    unnamed = set(model.state_dict()) - named
    assert not {name for name in unnamed if "pooler" not in name}


def test_configuration_on_disk_gives_the_same_description(kind, tmp_path):
    config = small_config(kind)
    config.save_pretrained(tmp_path)
    written = json.loads((tmp_path / "config.json").read_text())
    assert describe(written) == describe(config.to_dict())


def test_assumed_values_are_those_of_transformers(kind):
    from transformers import AutoConfig

    bare = AutoConfig.for_model(kind, **({"relative_attention": True} if kind == "deberta-v2" else {}))
    stated = {"model_type": kind} | ({"relative_attention": True} if kind == "deberta-v2" else {})
    assert describe(stated) == describe(bare.to_dict())


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({"model_type": "gpt2"}, "The checkpoint has the architecture 'gpt2', which is not supported."),
        ({}, "The checkpoint has the architecture 'None'"),
        ({"model_type": "bert", "num_hidden_layers": 0}, "The checkpoint has no layers."),
        ({"model_type": "bert", "num_hidden_layers": "2"}, "has layers='2', which is no number from 1 to 1000"),
        ({"model_type": "bert", "hidden_size": -32}, "has width=-32, which is no number from 1 to"),
        ({"model_type": "distilbert", "vocab_size": 10**12}, "has vocabulary=1000000000000, which is no number"),
        ({"model_type": "bert", "pad_token_id": -1}, "pad_token_id=-1, which is none of its 30522 tokens"),
        ({"model_type": "roberta", "pad_token_id": "1"}, r"A setting of this roberta is of the wrong type \(.*\), so"),
        ({"model_type": "bert", "layer_norm_eps": "0"}, "adds '0' to variances in layer norms, so its config"),
        ({"model_type": "bert", "hidden_act": "swish9"}, "the activation 'swish9'"),
        ({"model_type": "bert", "num_attention_heads": 7}, "no multiple of its 7 attention heads"),
        ({"model_type": "bert", "is_decoder": True}, "is_decoder=True, but only False is supported."),
        ({"model_type": "deberta-v2", "relative_attention": True, "conv_kernel_size": 3}, "conv_kernel_size=3"),
        ({"model_type": "modernbert", "rope_scaling": {"type": "linear"}}, "rope_scaling"),
    ],
)
def test_unsupported_setting_is_named(config, sentence):
    with pytest.raises(ValueError, match=sentence):
        describe(config)


def test_null_in_a_configuration_stands_for_the_default():
    config = small_config("bert").to_dict()
    assert describe({**config, "pad_token_id": None}).padding == 0


def test_configuration_without_attention_heads_is_refused():
    with pytest.raises(ValueError, match=r"no multiple of its 0 attention heads"):
        describe({**small_config("bert").to_dict(), "num_attention_heads": 0})
