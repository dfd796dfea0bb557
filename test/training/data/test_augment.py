"""One warp for image, keypoints and regions."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trt_pose_ros.model_file import InputSpec
from trt_pose_ros.preprocess import Preprocessor
from trt_pose_training.data.augment import (
    AugmentOptions,
    base_matrix,
    color_matrix,
    random_colors,
    random_matrix,
    random_occlusion,
    random_resolution,
    warp_keypoints,
)

SWAP = (0, 2, 1)
sizes = st.tuples(st.integers(20, 300), st.integers(20, 300))
few = settings(max_examples=40, deadline=None)
seeds = st.integers(0, 2**32 - 1)


def rng(seed=0):
    return np.random.default_rng(seed)


def middle(width, height):
    return (width - 1) / 2, (height - 1) / 2


def people(seed, width, height, count=3):
    points = rng(seed).uniform(0, 1, (count, 3, 3)) * (width - 1, height - 1, 1)
    points[:, :, 2] = rng(seed).integers(0, 3, (count, 3))
    return np.where(points[:, :, 2:] > 0, points, 0).astype(np.float32)


@few
@given(sizes, sizes, st.sampled_from(["letterbox", "stretch"]), seeds)
def test_without_augmentation_a_image_lies_as_at_run_time(size, target, resize, seed):
    spec = InputSpec("input", target[1], target[0], multiple=1, resize=resize)
    _, (placement,) = Preprocessor(spec, *target[::-1])([np.zeros((*size[::-1], 3), np.uint8)])
    keypoints = people(seed, *size)
    base = base_matrix(*size, *target, resize)
    matrix, mirrored = random_matrix(rng(seed), AugmentOptions.none(), base, middle(*size), target, keypoints)
    moved = warp_keypoints(keypoints, matrix, mirrored, SWAP)
    known = keypoints[:, :, 2] > 0
    back = moved[known, :2] * placement.scale + placement.offset
    np.testing.assert_allclose(back, keypoints[known, :2], atol=1e-3)
    np.testing.assert_array_equal(moved[:, :, 2], keypoints[:, :, 2])


@few
@given(seeds, sizes)
def test_a_mirror_image_of_a_mirror_image_is_the_image(seed, size):
    keypoints = people(seed, *size)
    flip = AugmentOptions.none().changed(flip=1.0)
    mirror, mirrored = random_matrix(rng(), flip, np.eye(3), middle(*size), size, keypoints)
    assert mirrored
    np.testing.assert_allclose(mirror @ mirror, np.eye(3), atol=1e-9)
    once = warp_keypoints(keypoints, mirror, True, SWAP)
    # our left is the mirror image's right
    left = keypoints[keypoints[:, 1, 2] > 0]
    np.testing.assert_allclose(once[keypoints[:, 1, 2] > 0, 2, 0], size[0] - 1 - left[:, 1, 0], atol=1e-3)
    np.testing.assert_allclose(warp_keypoints(once, mirror, True, SWAP), keypoints, atol=1e-3)


@few
@given(seeds)
def test_keypoints_follow_the_image(seed):
    """A round spot drawn at a keypoint is found again, to a pixel, where the keypoint went."""
    width, height, target = 200, 160, (256, 192)
    x, y = rng(seed).uniform(60, 100, 2)
    image = np.zeros((height, width, 3), np.uint8)
    cv2.circle(image, (round(x * 16), round(y * 16)), 5 * 16, (255,) * 3, -1, cv2.LINE_AA, 4)
    keypoints = np.float32([[[x, y, 2], [0, 0, 0], [0, 0, 0]]])
    options = AugmentOptions(rotation=180.0, scale_min=0.5, scale_max=2.0, translation=0.3)
    matrix, mirrored = random_matrix(
        rng(seed), options, base_matrix(width, height, *target, "letterbox"), middle(width, height), target, keypoints
    )
    warped = cv2.warpAffine(image, matrix[:2], target).mean(2)
    place = warp_keypoints(keypoints, matrix, mirrored, SWAP)[0, 0]
    assert place[2] == 2
    if (place[:2] > 20).all() and (place[:2] < np.array(target) - 20).all():
        mass = warped.sum()
        centre = [(warped.sum(axis) * np.arange(n)).sum() / mass for axis, n in zip((0, 1), target, strict=True)]
        np.testing.assert_allclose(centre, place[:2], atol=0.5)
    if not warped.any():
        assert (place[:2] < 0).any() or (place[:2] > np.array(target)).any()


@few
@given(seeds)
def test_the_warp_keeps_to_its_options(seed):
    options = AugmentOptions(rotation=20.0, scale_min=0.5, scale_max=1.5, translation=0.1, crop_around_person=0.0)
    size, target = (200, 100), (256, 256)
    base = base_matrix(*size, *target, "letterbox")
    matrix, mirrored = random_matrix(rng(seed), options, base, middle(*size), target, people(seed, *size))
    linear = matrix[:2, :2] / 1.28
    assert np.linalg.det(linear) * (-1 if mirrored else 1) > 0
    scale = np.sqrt(abs(np.linalg.det(linear)))
    assert 0.5 <= scale <= 1.5
    turn = np.rad2deg(np.arctan2(-linear[0, 1], linear[1, 1]))
    assert abs(turn) <= 20 + 1e-6
    centre = np.array([*middle(*size), 1])
    assert (abs((matrix @ centre - base @ centre)[:2]) <= 25.6).all()


@few
@given(seeds)
def test_a_random_person_comes_to_the_middle(seed):
    keypoints = people(seed, 300, 200, count=5)
    there = (keypoints[:, :, 2] > 0).any(1)
    options = AugmentOptions.none().changed(crop_around_person=1.0, scale_min=2.0, scale_max=2.0)
    matrix, mirrored = random_matrix(rng(seed), options, np.eye(3), middle(300, 200), (128, 96), keypoints)
    moved = warp_keypoints(keypoints, matrix, mirrored, SWAP)
    known = moved[:, :, 2:] > 0
    low = np.where(known, moved[:, :, :2], np.inf).min(1)[there]
    high = np.where(known, moved[:, :, :2], -np.inf).max(1)[there]
    if there.any():
        assert np.hypot(*((low + high) / 2 - (63.5, 47.5)).T).min() < 1e-3
    else:
        np.testing.assert_allclose(matrix @ (149.5, 99.5, 1), (149.5, 99.5, 1), atol=1e-9)


def test_keypoints_that_leave_the_image_keep_their_place_and_visibility():
    shift = np.float64([[1, 0, -500], [0, 1, 0], [0, 0, 1]])
    moved = warp_keypoints(np.float32([[[20, 10, 1], [0, 0, 0], [0, 0, 0]]]), shift, False, SWAP)
    np.testing.assert_array_equal(moved, [[[-480, 10, 1], [0, 0, 0], [0, 0, 0]]])


def test_no_change_of_colors_gives_the_same_image():
    image = rng().integers(0, 256, (9, 9, 3), np.uint8)
    np.testing.assert_array_equal(random_colors(rng(), AugmentOptions.none(), image), image)


@few
@given(seeds)
def test_colors(seed):
    grey = np.full((4, 4, 3), 100, np.uint8)
    colored = rng(seed).integers(60, 200, (8, 8, 3)).astype(np.uint8)
    of = AugmentOptions.none().changed
    # grey stays grey where only saturation and hue change, and the sum of the channels is kept
    for change in ({"saturation": 0.5}, {"hue": 20.0}):
        changed = random_colors(rng(seed), of(**change), grey)
        np.testing.assert_allclose(changed, 100, atol=1)
    changed = random_colors(rng(seed), of(hue=10.0), colored)
    np.testing.assert_allclose(changed.sum(2, dtype=int), colored.sum(2, dtype=int), atol=2)
    brighter = random_colors(rng(seed), of(brightness=0.1), colored).astype(int) - colored
    assert brighter.max() - brighter.min() <= 1
    assert abs(brighter).max() <= 26
    spread = random_colors(rng(seed), of(contrast=0.2), colored).std() / colored.std()
    assert 0.79 <= spread <= 1.21


def test_a_turn_of_the_hue_by_120_degrees_exchanges_the_channels():
    matrix = color_matrix(np.ones(3), 0, 1, 1, 120)
    np.testing.assert_allclose(matrix[:, :3], np.roll(np.eye(3), 1, axis=0), atol=1e-9)


def test_what_is_covered_is_hidden_not_lost_and_no_keypoint_is_copied():
    """Visible keypoints are white pixels in a grey image: they stay white, or are hidden, and no others come."""
    options = AugmentOptions(occlusion=1.0, occlusion_size=0.5)
    for seed in range(300):
        before = people(seed, 96, 64, count=4)
        after = before.copy()
        image = np.full((64, 96, 3), 77, np.uint8)
        x, y = np.rint(before[before[:, :, 2] == 2, :2]).astype(int).T
        image[y, x] = 255
        random_occlusion(rng(seed), options, image, after)
        np.testing.assert_array_equal(after[:, :, :2], before[:, :, :2])
        changed = after[:, :, 2] != before[:, :, 2]
        assert (before[changed, 2] == 2).all()
        assert (after[changed, 2] == 1).all()
        white = np.zeros((64, 96), bool)
        x, y = np.rint(after[after[:, :, 2] == 2, :2]).astype(int).T
        white[y, x] = True
        np.testing.assert_array_equal((image == 255).all(2), white)


@few
@given(sizes, seeds)
def test_low_resolution_loses_detail_and_moves_nothing(size, seed):
    width, height = size
    noise = rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    assert random_resolution(rng(seed), AugmentOptions.none(), noise) is noise
    blurred = random_resolution(rng(seed), AugmentOptions(low_resolution=1.0, smallest=0.1), noise)
    assert blurred.shape == noise.shape
    assert blurred.dtype == np.uint8
    assert blurred.std() <= noise.std()
    half = np.zeros((height, width, 3), np.uint8)
    half[:, width // 2 :] = 255
    after = random_resolution(rng(seed), AugmentOptions(low_resolution=1.0, smallest=0.5), half)
    assert abs(after.mean() - half.mean()) < 255 * 2 / width


def test_impossible_options_are_refused():
    with pytest.raises(ValueError, match=r"scale_min 3\.0 .*scale_max 2\.0"):
        AugmentOptions(scale_min=3.0)
    with pytest.raises(ValueError, match="flip"):
        AugmentOptions(flip=2.0)
