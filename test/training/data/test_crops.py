"""Crops of single people: where the run time has them, and whom they show."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs PyTorch: pip install '.[train]'")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from trt_pose_ros.finders.regions import crops  # noqa: E402
from trt_pose_ros.model_file import InputSpec  # noqa: E402
from trt_pose_ros.preprocess import Preprocessor, Region  # noqa: E402
from trt_pose_ros.topology import Topology  # noqa: E402
from trt_pose_training.codecs.heatmap import HeatmapCodec  # noqa: E402
from trt_pose_training.data.augment import AugmentOptions, crop_matrix, random_half  # noqa: E402
from trt_pose_training.data.coco import Sample  # noqa: E402
from trt_pose_training.data.crops import CropDataset, one_by_one  # noqa: E402
from trt_pose_training.data.dataset import Source  # noqa: E402

SPEC = InputSpec("image", 64, 48, multiple=16, color="rgb")
TOPOLOGY = Topology.from_category({"name": "dots", "keypoints": ["a", "b", "c"], "skeleton": [[1, 2], [2, 3]]})
coordinates = st.floats(-50, 250)
sides = st.floats(2, 200)


@settings(max_examples=50, deadline=None)
@given(coordinates, coordinates, sides, sides)
def test_without_augmentation_a_crop_is_that_of_the_run_time(x, y, width, height):
    box = np.array([x, y, x + width, y + height])
    (region,) = crops(box[None], SPEC.width / SPEC.height, 1.25)
    image = np.zeros((100, 100, 3), np.uint8)
    _, (placement,) = Preprocessor(SPEC, SPEC.height, SPEC.width)([Region(image, tuple(region))])
    matrix = crop_matrix(box, SPEC.width, SPEC.height, 1.25)
    for point in ((0.0, 0.0), (47.0, 63.0)):
        seen = matrix @ [*(np.array(placement.scale) * point + placement.offset), 1]
        np.testing.assert_allclose(seen[:2], point, atol=1e-3)


@pytest.fixture
def samples(tmp_path):
    """An image of two people, each three dots of a colour, and one of somebody with two keypoints only."""
    image = np.zeros((100, 200, 3), np.uint8)
    keypoints = np.float32([[[30, 30, 2], [50, 30, 2], [40, 70, 2]], [[140, 40, 2], [160, 40, 2], [150, 80, 2]]])
    for points, color in zip(keypoints, ((0, 0, 255), (0, 255, 0)), strict=True):
        for x, y, _ in points:
            cv2.circle(image, (int(x), int(y)), 4, color, -1)
    cv2.imwrite(str(tmp_path / "a.png"), image)
    boxes = np.float32([[25, 25, 55, 75], [135, 35, 165, 85]])
    known = np.ones(3, bool)
    few = np.float32([[[30, 30, 2], [0, 0, 0], [40, 70, 2]]])
    return [
        Sample(tmp_path / "a.png", 200, 100, keypoints, np.ones(2), (), known, 1, boxes),
        Sample(tmp_path / "a.png", 200, 100, few, np.ones(1), (), known, 2, boxes[:1]),
    ]


def dataset(samples, options):
    return CropDataset([Source(samples)], TOPOLOGY, SPEC, 4, options, crop_scale=1.25)


def test_each_person_is_an_item_and_is_alone_in_it(samples):
    assert [len(s.keypoints) for s in one_by_one(samples)] == [1, 1]
    items = [dataset(samples, AugmentOptions.none())[i] for i in range(2)]
    for (image, keypoints, mask, labelled), color in zip(items, (0, 1), strict=True):
        assert image.shape == (64, 48, 3)
        assert keypoints.shape == (1, 3, 3)
        assert mask.shape == (16, 12)
        assert mask.all()
        assert labelled.all()
        for x, y, _ in keypoints[0]:
            assert image[round(float(y)), round(float(x))].argmax() == color


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_keypoints_follow_the_person(tmp_path_factory, seed):
    folder = tmp_path_factory.mktemp("spot")
    image = np.zeros((90, 90, 3), np.uint8)
    cv2.circle(image, (45, 40), 4, (255, 255, 255), -1)
    cv2.imwrite(str(folder / "a.png"), image)
    keypoints = np.float32([[[45, 40, 2], [30, 20, 2], [60, 80, 2]]])
    sample = Sample(
        folder / "a.png", 90, 90, keypoints, np.ones(1), (), np.ones(3, bool), 0, np.float32([[25, 15, 65, 85]])
    )
    options = AugmentOptions.none().changed(rotation=40.0, scale_min=0.8, scale_max=1.3, translation=0.1, flip=0.5)
    crop = CropDataset([Source([sample])], TOPOLOGY, SPEC, 4, options, seed, crop_scale=1.25)
    image, keypoints, _, _ = crop[0]
    x, y = keypoints[0, 0, :2]
    assert image[round(float(y)), round(float(x))].min() > 128


def test_half_a_person_is_the_upper_or_the_lower_one():
    keypoints = np.array([(10.0 * i, 20.0 * i, 2) for i in range(10)])
    whole = np.array([0, 0, 90, 180])
    tops = {tuple(random_half(np.random.default_rng(seed), keypoints, whole)[[1, 3]]) for seed in range(20)}
    assert tops == {(-12.0, 92.0), (88.0, 192.0)}
    np.testing.assert_array_equal(random_half(np.random.default_rng(0), keypoints[:5], whole), whole)


def test_an_image_of_nobody_teaches_that_nobody_is_there(samples):
    none = np.zeros((0, 3, 3), np.float32)
    empty = replace(samples[0], keypoints=none, areas=none[:, 0, 0], boxes=np.zeros((0, 4), np.float32))
    region = np.float32([[0, 0], [9, 0], [9, 9]])
    assert not one_by_one([replace(empty, ignore=(region,)), replace(empty, width=None, height=None)])
    options = AugmentOptions().changed(half_body=1.0, crop_around_person=0.0)
    for seed in range(20):
        items = CropDataset([Source([empty])], TOPOLOGY, SPEC, 4, options, seed, crop_scale=1.0)
        _, keypoints, mask, labelled = items[0]
        targets = HeatmapCodec(4, 1.5).encode(*(torch.from_numpy(a)[None] for a in (keypoints, mask, labelled)))
        assert targets.heatmap_known.all()
        assert not targets.heatmaps.any()


def test_nobody_and_collages_are_refused(samples):
    with pytest.raises(ValueError, match="collage"):
        CropDataset([Source(samples, collage=0.5)], TOPOLOGY, SPEC, 4, AugmentOptions.none(), crop_scale=1.25)
    with pytest.raises(ValueError, match="a source of 0 samples"):
        dataset(samples[1:], AugmentOptions.none())
