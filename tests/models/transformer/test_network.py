"""The parts that replace transformers' own on a CPU compute what those compute."""

import pytest
import torch

from textlab.models.transformer.checkpoint import open_checkpoint
from textlab.models.transformer.compilation import compiled, encoder_parameters
from textlab.models.transformer.network import quick_dropout, suit_to_device

CPU = torch.device("cpu")


@pytest.fixture
def classifier():
    torch.manual_seed(0)
    return open_checkpoint("tiny", ["late and rude"]).classifier(3, dropout=0.1).eval()


@pytest.mark.parametrize("padded", [True, False])
def test_attention_on_a_cpu_equals_transformers(classifier, padded):
    numbers = torch.randint(5, 90, (4, 7), generator=torch.Generator().manual_seed(0))
    mask = torch.arange(7) < torch.tensor([7, 3, 1, 5])[:, None] if padded else torch.ones(4, 7, dtype=torch.bool)
    with torch.inference_mode():
        expected = classifier(input_ids=numbers, attention_mask=mask.long()).logits
        suited = suit_to_device(classifier, CPU)
        assert suited.config._attn_implementation == "textlab_cpu"
        found = suited(input_ids=numbers, attention_mask=mask[:, None, None] if padded else None).logits
    torch.testing.assert_close(found, expected, atol=1e-6, rtol=0)


def test_replaced_parts_keep_the_names_and_the_order_of_all_weights(classifier):
    names = list(classifier.state_dict())
    parameters = [id(parameter) for parameter in classifier.parameters()]
    suited = suit_to_device(classifier, CPU)
    assert list(suited.state_dict()) == names
    assert [id(parameter) for parameter in suited.parameters()] == parameters


def test_replacing_parts_draws_no_random_number(classifier):
    before = torch.get_rng_state()
    suit_to_device(classifier, CPU)
    assert torch.equal(torch.get_rng_state(), before)


def test_plain_parts_stay_in_place_where_quick_ones_are_switched_off(classifier):
    kinds = [type(module) for module in classifier.modules()]
    plain = suit_to_device(classifier, CPU, quick=False)
    assert [type(module) for module in plain.modules()] == kinds
    assert plain.config._attn_implementation != "textlab_cpu"
    assert [type(module) for module in suit_to_device(plain, CPU).modules()] != kinds


def gradients(model, *batches):
    """The gradient of every parameter, added up over the batches."""
    model.zero_grad()
    for numbers in batches:
        model(input_ids=numbers).logits.square().sum().backward()
    return {name: parameter.grad.clone() for name, parameter in model.named_parameters() if parameter.grad is not None}


def test_gradients_on_a_cpu_are_those_of_transformers_step_after_step(classifier):
    batches = torch.randint(0, 90, (3, 4, 7), generator=torch.Generator().manual_seed(0))
    steps = [(batches[0],), (batches[1], batches[2]), (batches[0],)]
    expected = [gradients(classifier, *step) for step in steps]
    suited = suit_to_device(classifier, CPU)
    for step, wanted in zip(steps, expected, strict=True):
        torch.testing.assert_close(gradients(suited, *step), wanted, atol=1e-5, rtol=1e-4)


def test_gradients_of_embeddings_that_also_predict_words_are_those_of_transformers():
    from transformers import BertConfig, BertForMaskedLM

    torch.manual_seed(0)
    sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    model = BertForMaskedLM(BertConfig(vocab_size=30, **sizes)).eval()
    assert model.get_input_embeddings().weight is model.get_output_embeddings().weight
    numbers = torch.randint(0, 30, (2, 4, 5), generator=torch.Generator().manual_seed(1))
    expected = gradients(model, *numbers)
    torch.testing.assert_close(gradients(suit_to_device(model, CPU), *numbers), expected, atol=1e-5, rtol=1e-4)


def test_dropout_leaves_out_its_share_and_keeps_the_mean():
    torch.manual_seed(0)
    dropped = quick_dropout(torch.ones(999, 1001), 0.25)
    assert (dropped == 0).float().mean() == pytest.approx(0.25, abs=0.005)
    assert dropped.mean() == pytest.approx(1, abs=0.005)
    assert dropped.unique().tolist() == [0, pytest.approx(4 / 3)]


def test_dropout_of_zero_changes_nothing():
    numbers = torch.randn(3, 5)
    assert quick_dropout(numbers, 0.0) is numbers


def test_dropout_of_nearly_everything_leaves_finite_numbers():
    assert torch.isfinite(quick_dropout(torch.ones(1000), 0.999)).all()


def test_network_drops_out_in_training_alone(classifier):
    suited = suit_to_device(classifier, CPU)
    numbers = torch.full((2, 6), 7)
    torch.manual_seed(1)
    assert not torch.equal(suited.train()(input_ids=numbers).logits, suited(input_ids=numbers).logits)
    assert torch.equal(suited.eval()(input_ids=numbers).logits, suited(input_ids=numbers).logits)


def test_nothing_is_compiled_on_a_cpu_or_for_a_short_training(classifier):
    assert compiled(classifier, "always", CPU, 10**6, 10**12) is classifier
    assert compiled(classifier, "never", torch.device("cuda"), 10**6, 10**12) is classifier
    assert compiled(classifier, "auto", torch.device("cuda"), 100, 10**5) is classifier


def test_long_training_on_a_gpu_is_compiled(classifier):
    assert compiled(classifier, "auto", torch.device("cuda"), 10**5, 10**9) is not classifier


def test_encoder_parameters_leave_out_the_embeddings(classifier):
    embeddings = sum(parameter.numel() for parameter in classifier.bert.embeddings.parameters())
    assert encoder_parameters(classifier) == sum(p.numel() for p in classifier.parameters()) - embeddings
