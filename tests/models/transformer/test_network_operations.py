import pytest
import torch

from textlab.models.transformer.operations import quick_dropout


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
