import numpy as np
import pytest
from tiny_pictures import picture

from textlab.features.images import efficientnet_lite0, load_network
from textlab.features.images.torch_file import read_storages
from textlab.inputs.references import inline_reference

PICTURES = (picture(size=224), picture(colour=(30, 160, 60), seed=3, size=100))
# Computed by the original network in torch, with batch normalisation, from the same pixels.
STRONGEST = (423, 113, 455, 1244, 1227, 413)
EXPECTED = (
    (5.488710880, 4.922389030, 4.640158653, 3.892063379, 2.925418377, 2.805475950),
    (4.192801476, 4.725395679, 3.902786255, 2.830198288, 0.734237194, 1.881492496),
)
SUMS = (159.108734131, 108.541122437)


def test_storages_of_a_torch_file_are_read_without_unpickling(tmp_path):
    import hashlib

    import torch

    module = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    path = tmp_path / "weights.pth"
    torch.save(module.state_dict(), path, _use_new_zipfile_serialization=False)
    read = read_storages(path, hashlib.sha256(path.read_bytes()).hexdigest())
    assert set(read) == {name for name in module.state_dict() if not name.endswith("num_batches_tracked")}
    for name, storage in read.items():
        np.testing.assert_array_equal(storage, module.state_dict()[name].numpy().ravel())


def test_file_with_another_content_is_refused(tmp_path):
    (tmp_path / "weights.pth").write_bytes(b"\x80\x02cos\nsystem\n.")
    with pytest.raises(ValueError, match=r"has the sha256 .*, not 5793.*Install its package again"):
        read_storages(tmp_path / "weights.pth", efficientnet_lite0.SHA256)


def test_weights_of_the_package_fit_the_architecture():
    weights = efficientnet_lite0.weights()
    assert len(weights) == 98
    assert sum(weight.size for weight in weights.values()) == 3_350_000
    assert efficientnet_lite0.ARCHITECTURE.state_shape == (7, 7, 192)


@pytest.mark.slow
def test_features_are_those_of_the_original_network(tmp_path):
    network = load_network(folder=tmp_path)
    features = network.features([inline_reference(content) for content in PICTURES], show_progress=False)
    np.testing.assert_allclose(features[:, STRONGEST], EXPECTED, atol=1e-4)
    np.testing.assert_allclose(features.sum(axis=1), SUMS, rtol=1e-4)
