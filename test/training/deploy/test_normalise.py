"""Images become the network's input."""

import pytest

pytest.importorskip("torch", reason="torch, of the extra [train], is not installed")

import torch

from trt_pose_training.deploy.normalise import Normalise

MEAN, STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)


@pytest.mark.parametrize("size", [(1, 1, 1), (2, 5, 7), (3, 64, 48)])
def test_each_colour_loses_its_mean_and_is_divided_by_its_deviation(size):
    images = torch.randint(0, 256, (*size, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    before = images.clone()
    planes = Normalise(MEAN, STD)(images)
    assert planes.shape == (size[0], 3, *size[1:])
    assert planes.dtype == torch.float32
    assert planes.is_contiguous(memory_format=torch.channels_last)
    for colour in range(3):
        expected = (images[..., colour].float() - MEAN[colour]) / STD[colour]
        assert torch.equal(planes[:, colour], expected)
    assert torch.equal(images, before)


def test_images_that_are_views_of_larger_ones():
    large = torch.arange(2 * 8 * 8 * 3, dtype=torch.uint8).view(2, 8, 8, 3)
    part = large[:, 2:6, 1:5]
    assert torch.equal(Normalise(MEAN, STD)(part), Normalise(MEAN, STD)(part.contiguous()))
