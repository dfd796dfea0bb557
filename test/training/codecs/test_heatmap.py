"""Heatmaps of crops: what is taught, and the deployed decoder's way back."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs PyTorch: pip install '.[train]'")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from trt_pose_ros.families.heatmap import Family, HeatmapOutputs  # noqa: E402
from trt_pose_ros.geometry import Placement  # noqa: E402
from trt_pose_ros.topology import Topology  # noqa: E402
from trt_pose_training.codecs.heatmap import HeatmapCodec  # noqa: E402

TOPOLOGY = Topology.load("coco_17")
STRIDE, SIGMA = 4, 1.75
HEIGHT, WIDTH = 48, 36


def encode(keypoints, labelled=None):
    """Targets of keypoints [N, K, 3]."""
    keypoints = torch.as_tensor(np.asarray(keypoints, np.float32))[:, None]
    labelled = torch.ones(keypoints.shape[0], keypoints.shape[2], dtype=torch.bool) if labelled is None else labelled
    return HeatmapCodec(STRIDE, SIGMA).encode(keypoints, torch.ones(len(keypoints), HEIGHT, WIDTH), labelled)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_deployed_decoder_finds_what_was_taught(seed):
    places = np.random.default_rng(seed).uniform(32, (STRIDE * WIDTH - 33, STRIDE * HEIGHT - 33), (2, 17, 2))
    targets = encode(np.dstack([places, np.full((2, 17), 2)]))
    outputs = HeatmapOutputs("heatmaps", stride=STRIDE, offset=(STRIDE - 1) / 2)
    found = Family(TOPOLOGY, outputs)({"heatmaps": targets.heatmaps.numpy()}, [Placement((1, 1), (0, 0))] * 2)
    for poses, truth in zip(found, places, strict=True):
        np.testing.assert_allclose(poses.keypoints[0, :, :2], truth, atol=0.3)
        assert (poses.keypoints[0, :, 2] > 0.8).all()


def test_what_is_not_known_is_not_taught_and_what_lies_outside_is_nowhere():
    keypoints = np.zeros((1, 17, 3))
    keypoints[0, 0] = 20, 30, 2
    keypoints[0, 1] = -500, 30, 1
    keypoints[0, 2] = 20, 30, 2
    labelled = torch.ones(1, 17, dtype=torch.bool)
    labelled[0, 2] = False
    targets = encode(keypoints, labelled)
    assert targets.heatmap_known[0].tolist() == [1, 1, 0] + [0] * 14
    assert targets.heatmaps[0, 0].max() > 0.9
    assert not targets.heatmaps[0, 1].any()
    assert targets.pafs is None


@pytest.mark.parametrize("wrong", [{"stride": 0}, {"sigma": -1.0}])
def test_impossible_values_are_named(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        HeatmapCodec(**{"stride": 4, "sigma": 1.0} | wrong)
