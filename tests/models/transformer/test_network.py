"""The network of an encoder computes what transformers computes, for all architectures."""

import pytest
import torch
from small_encoders import SMALL, small_classifier

from textlab.models.transformer.device import computes_bfloat16
from textlab.models.transformer.network import EncoderNetwork

OTHERS = [  # settings that change the computation
    ("bert", {"num_hidden_layers": 1}),
    ("bert", {"hidden_act": "gelu_new"}),
    ("electra", {"embedding_size": 32}),
    ("electra", {"hidden_act": "silu"}),
    ("deberta-v2", {"share_att_key": False}),
    ("deberta-v2", {"position_buckets": -1, "norm_rel_ebd": "none"}),
    ("deberta-v2", {"pos_att_type": ["c2p"], "position_biased_input": True, "embedding_size": 16}),
    ("deberta-v2", {"pos_att_type": None, "type_vocab_size": 2}),
    ("modernbert", {"classifier_pooling": "mean", "hidden_activation": "relu"}),
    ("modernbert", {"num_hidden_layers": 1}),
]
LENGTHS = [[1], [100], [40, 3, 17], [6, 6]]  # more tokens than local windows and buckets of distances reach


@pytest.fixture(scope="module", params=[*((kind, {}) for kind in sorted(SMALL)), *OTHERS], ids=str)
def model(request):
    """A small random classifier of transformers that drops nothing, in training mode where gradients are wanted."""
    kind, settings = request.param
    return without_dropout(small_classifier(kind, **settings))


def without_dropout(model):
    network = EncoderNetwork(model)
    for name in network.encoder.dropout.values():
        setattr(model.config, name, 0.0)
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    return model


def drawn(network, lengths):
    """Token numbers (b, length) and their mask, bool (b, length)."""
    numbers = torch.randint(5, 120, (len(lengths), max(lengths)), generator=torch.Generator().manual_seed(0))
    real = torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]
    return torch.where(real, numbers, network.encoder.padding), real


@pytest.mark.parametrize("lengths", LENGTHS, ids=str)
def test_hidden_states_and_logits_are_those_of_transformers(model, lengths):
    network = EncoderNetwork(model)
    numbers, real = drawn(network, lengths)
    mask = None if bool(real.all()) else real[:, None, None]
    with torch.inference_mode():
        hidden = model.base_model(input_ids=numbers, attention_mask=real.long())[0]
        logits = model(input_ids=numbers, attention_mask=real.long()).logits
        torch.testing.assert_close(network.hidden(numbers, mask)[real], hidden[real], atol=1e-5, rtol=0)
        torch.testing.assert_close(network(numbers, mask), logits, atol=1e-5, rtol=0)
        torch.testing.assert_close(
            network.hidden(numbers, mask, only_first=True)[:, 0], hidden[:, 0], atol=1e-5, rtol=0
        )
        arranged = network.arranged().hidden(numbers, mask)
        torch.testing.assert_close(arranged[real], hidden[real], atol=2e-5, rtol=0)


@pytest.mark.skipif(not computes_bfloat16(torch.device("cpu")), reason="the processor has no bfloat16")
def test_arrangement_in_bfloat16_gives_nearly_the_same_states(model):
    network = EncoderNetwork(model)
    numbers, real = drawn(network, [40, 3, 17])
    with torch.inference_mode():
        exact = network.hidden(numbers, real[:, None, None])[real]
        quick = network.arranged(bfloat16=True).hidden(numbers, real[:, None, None])[real]
    assert quick.dtype == torch.bfloat16
    assert torch.nn.functional.cosine_similarity(exact, quick.float()).min() > 0.99


def gradients(model, compute, *batches):
    """The gradient of every parameter, added up over the batches."""
    model.zero_grad()
    for numbers, real in batches:
        compute(numbers, real).square().sum().backward()
    return {name: parameter.grad.clone() for name, parameter in model.named_parameters() if parameter.grad is not None}


def test_gradients_are_those_of_transformers_step_after_step(model):
    network = EncoderNetwork(model)
    one, two, three = (drawn(network, lengths) for lengths in ([20, 3, 12], [6, 6], [1]))
    for batches in ((one,), (two, three), (one,)):
        expected = gradients(
            model, lambda numbers, real: model(input_ids=numbers, attention_mask=real.long()).logits, *batches
        )
        found = gradients(model, lambda numbers, real: network(numbers, real[:, None, None]), *batches)
        assert found.keys() == expected.keys()
        for name, wanted in expected.items():
            torch.testing.assert_close(found[name], wanted, atol=1e-4 * float(wanted.abs().max() + 1), rtol=1e-4)


@pytest.mark.parametrize("kind", ["roberta", "xlm-roberta", "mpnet"])
def test_padding_written_in_a_text_is_not_counted_as_a_position(kind):
    model = small_classifier(kind)
    numbers = torch.tensor([[5, 1, 7, 8, 9], [6, 7, 8, 9, 1]])
    with torch.inference_mode():
        expected = model(input_ids=numbers).logits
        torch.testing.assert_close(EncoderNetwork(model)(numbers), expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("kind", sorted(SMALL))
def test_vectors_of_words_can_stand_for_their_numbers(kind):
    network = EncoderNetwork(small_classifier(kind))
    numbers, _ = drawn(network, [12, 12])
    with torch.inference_mode():
        torch.testing.assert_close(network(network.word_vectors(numbers)), network(numbers))


@pytest.mark.parametrize("kind", sorted(SMALL))
def test_network_drops_out_in_training_alone_and_in_each_place_that_is_named(kind):
    model = small_classifier(kind)
    numbers = torch.full((2, 6), 7)
    with torch.no_grad():
        still = EncoderNetwork(model)(numbers)
        for name in EncoderNetwork(model).encoder.dropout.values():
            shares = dict.fromkeys(EncoderNetwork(model).encoder.dropout.values(), 0.0) | {name: 0.5}
            for setting, share in shares.items():
                setattr(model.config, setting, share)
            network = EncoderNetwork(model)
            network.train()
            assert not torch.allclose(network(numbers), still, atol=1e-6), name
            network.eval()
            assert torch.equal(network(numbers), still), name


def test_network_draws_no_random_number_and_leaves_the_model_as_it_is():
    model = small_classifier("bert")
    before, modules = torch.get_rng_state(), [type(module) for module in model.modules()]
    EncoderNetwork(model).arranged()
    assert torch.equal(torch.get_rng_state(), before)
    assert [type(module) for module in model.modules()] == modules


def test_network_around_an_encoder_without_a_head_gives_its_states():
    from small_encoders import small_config
    from transformers import AutoModel

    model = AutoModel.from_config(small_config("roberta")).eval()
    network = EncoderNetwork(model)
    numbers, _ = drawn(network, [9])
    with torch.inference_mode():
        torch.testing.assert_close(network.states(numbers), model(numbers)[0][:, 0], atol=1e-5, rtol=0)


def test_gradients_of_embeddings_that_also_predict_words_are_those_of_transformers():
    from transformers import BertConfig, BertForMaskedLM

    torch.manual_seed(0)
    sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    model = BertForMaskedLM(BertConfig(vocab_size=30, **sizes)).eval()
    assert model.get_input_embeddings().weight is model.get_output_embeddings().weight
    numbers = torch.randint(0, 30, (2, 4, 5), generator=torch.Generator().manual_seed(1))
    batches = [(each, None) for each in numbers]
    network = EncoderNetwork(model)
    expected = gradients(model, lambda numbers, _: model(input_ids=numbers).logits, *batches)
    found = gradients(model, lambda numbers, _: model.cls(network.hidden(numbers)), *batches)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)
