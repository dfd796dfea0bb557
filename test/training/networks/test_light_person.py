"""The light_person network."""

import pytest

torch = pytest.importorskip("torch", reason="training needs torch: make training")

from trt_pose_training import networks  # noqa: E402
from trt_pose_training.networks.light import Light  # noqa: E402
from trt_pose_training.networks.light_person import LightPerson  # noqa: E402


def test_maps_have_a_quarter_of_the_input_and_a_channel_a_keypoint():
    network = LightPerson(5, 0, (4, 8, 8, 8))
    (maps,) = network(torch.randn(2, 3, 64, 48))
    assert maps.shape == (2, 5, 64 // LightPerson.stride, 48 // LightPerson.stride)
    assert networks.family(network) == "heatmap"
    assert networks.family(Light(5, 4, (4, 8, 8, 8))) == "paf"


def test_its_trunk_takes_the_weights_of_light():
    theirs, own = Light(18, 19).state_dict(), LightPerson(17).state_dict()
    shared = [key for key in own if key in theirs and own[key].shape == theirs[key].shape]
    assert set(own) - set(shared) == {"heatmaps.weight", "heatmaps.bias"}


def test_four_channels_are_woven_into_the_cells_of_one_map():
    network = LightPerson(2, 0, (4, 8, 8, 8))
    with torch.no_grad():
        network.heatmaps.weight.zero_()
        network.heatmaps.bias.copy_(torch.arange(8.0))
    (maps,) = network.eval()(torch.zeros(1, 3, 32, 32))
    torch.testing.assert_close(maps[0, 1, :2, :2], torch.tensor([[4.0, 5.0], [6.0, 7.0]]))


def test_widths_and_depths_are_counted():
    with pytest.raises(ValueError, match=r"depths is \(1, 2\), must be 3 numbers"):
        LightPerson(17, depths=(1, 2))
