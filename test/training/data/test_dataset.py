"""From samples to batches."""

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="torch, of the extra [train], is not installed")
pytest.importorskip("pycocotools", reason="pycocotools, of the extra [train], is not installed")

import torch
from pycocotools import mask as rle

from trt_pose_ros.model_file import InputSpec
from trt_pose_ros.preprocess import Preprocessor
from trt_pose_ros.topology import Topology
from trt_pose_training.data.augment import AugmentOptions
from trt_pose_training.data.coco import Sample
from trt_pose_training.data.collage import random_tiles
from trt_pose_training.data.dataset import PoseDataset, Source, collate, ignore_mask, make_loader
from trt_pose_training.data.images import unlabelled
from trt_pose_training.data.sampler import EpochSampler

TOPOLOGY = Topology("small", ("nose", "left_eye", "right_eye"), ((0, 1), (0, 2)))
SPEC = InputSpec("input", 64, 96)
NONE = AugmentOptions.none()
SIZE = 90, 60
NO_BOXES = np.zeros((0, 4), np.float32)


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    """Eight images of noise, with 0 to 3 people; the last data set has no right eye."""
    folder = tmp_path_factory.mktemp("images")
    rng = np.random.default_rng(0)
    made = []
    for i in range(8):
        file = folder / f"{i}.png"
        cv2.imwrite(str(file), rng.integers(0, 256, (SIZE[1], SIZE[0], 3), np.uint8))
        keypoints = np.dstack([rng.uniform(0, SIZE, (i % 4, 3, 2)), np.full((i % 4, 3), 2)]).astype(np.float32)
        labelled = np.array([True, True, i < 6])
        region = np.float32([[10, 10], [40, 10], [40, 30], [10, 30]])
        made.append(
            Sample(file, *SIZE, keypoints, np.ones(i % 4), (region,) * (i % 2), labelled, i, np.zeros((i % 4, 4)))
        )
    return made


def dataset(samples, options=NONE, spec=SPEC, stride=8, seed=0, cache=0, **source):
    return PoseDataset([Source(samples, **source)], TOPOLOGY, spec, stride, options, seed, cache)


def same(one, other):
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("color", ["bgr", "rgb"])
@pytest.mark.parametrize("resize", ["letterbox", "stretch"])
@pytest.mark.parametrize("size", [(32, 64), (40, 40), (128, 192)])
def test_without_augmentation_the_network_sees_what_it_sees_at_run_time(samples, color, resize, size):
    spec = InputSpec("input", *size, multiple=8, color=color, resize=resize, pad=(1, 2, 3))
    (expected,), (placement,) = Preprocessor(spec, *size)([cv2.imread(str(samples[3].file))])
    image, keypoints, _, _ = dataset(samples, spec=spec)[3]
    difference = np.abs(image.astype(int) - expected)
    edge = (np.array(SIZE) / placement.scale).round().astype(int)  # where an enlarged image fades into the padding
    border = max(1, round(0.5 / min(placement.scale)))
    inside = np.s_[border : edge[1] - border, border : edge[0] - border]
    assert difference[inside].max() <= 1
    assert difference[edge[1] + border :].max(initial=0) == difference[:, edge[0] + border :].max(initial=0) == 0
    back = keypoints[:, :, :2] * placement.scale + placement.offset
    np.testing.assert_allclose(back, samples[3].keypoints[:, :, :2], atol=1e-3)


def test_a_batch_is_padded_to_the_largest_number_of_people(samples):
    ds = dataset(samples)
    batch = collate([ds[0], ds[3], ds[6]])
    assert batch.images.shape == (3, 64, 96, 3)
    assert batch.images.dtype == torch.uint8
    assert batch.keypoints.shape == (3, 3, 3, 3)
    assert batch.keypoints.dtype == batch.mask.dtype == torch.float32
    assert batch.mask.shape == (3, 8, 12)
    assert batch.labelled.tolist() == [[True] * 3, [True] * 3, [True, True, False]]
    assert (batch.keypoints[..., 2] > 0).any(-1).sum(1).tolist() == [0, 3, 2]
    assert collate([ds[0]]).keypoints.shape == (1, 0, 3, 3)


def test_what_is_not_labelled_changes_sides_in_the_mirror(samples):
    flip = NONE.changed(flip=1.0)
    assert dataset(samples, flip)[6][3].tolist() == [True, False, True]
    assert dataset(samples, flip)[0][3].all()


def test_augmentation_follows_from_seed_epoch_and_position_only(samples):
    options = AugmentOptions()
    batches = next(iter(EpochSampler([8], [1], 8)))
    once, again = (collate([dataset(samples, options)[d] for d in order]) for order in (batches, batches))
    assert same(once, again)
    other_epoch = collate([dataset(samples, options)[d._replace(epoch=1)] for d in batches])
    other_seed = collate([dataset(samples, options, seed=1)[d] for d in batches])
    moved = collate([dataset(samples, options)[d._replace(position=d.position + 1)] for d in batches])
    assert not any(torch.equal(once.images, other.images) for other in (other_epoch, other_seed, moved))


def test_workers_processes_and_resuming_change_nothing(samples):
    ds = dataset(samples, AugmentOptions(), collage=0.5)

    def epochs(sampler, workers, starts):
        loader = make_loader(ds, sampler, workers)
        for epoch, step in starts:
            sampler.set_epoch(epoch, step)
            yield from loader

    expected = list(epochs(EpochSampler([8], [1], 4), 0, [(0, 0), (1, 0)]))
    assert len(expected) == 4
    # the same worker serves both epochs
    for one, other in zip(expected, epochs(EpochSampler([8], [1], 4), 1, [(0, 0), (1, 0)]), strict=True):
        assert same(one, other)
    for one, other in zip(expected[3:], epochs(EpochSampler([8], [1], 4), 0, [(1, 1)]), strict=True):
        assert same(one, other)
    ranks = [epochs(EpochSampler([8], [1], 4, rank=r, ranks=2), 0, [(0, 0), (1, 0)]) for r in range(2)]
    for one, *parts in zip(expected, *ranks, strict=True):
        assert torch.equal(one.images, torch.cat([p.images for p in parts]))
        assert torch.equal(one.mask, torch.cat([p.mask for p in parts]))
        assert one.keypoints.sum().item() == pytest.approx(sum(p.keypoints.sum().item() for p in parts), rel=1e-5)


def test_images_kept_in_memory_change_nothing(samples):
    def batches(cache, workers):
        ds = dataset(samples, AugmentOptions(), cache=cache, collage=0.5)
        sampler = EpochSampler([8], [1], 4)
        loader = make_loader(ds, sampler, workers)
        for epoch in range(3):
            sampler.set_epoch(epoch)
            yield from loader

    expected = list(batches(0, 0))
    for cache, workers in ((10**6, 0), (10**6, 1), (4 * SIZE[0] * SIZE[1] * 3, 0)):
        for one, other in zip(expected, batches(cache, workers), strict=True):
            assert same(one, other)


def test_a_large_jpeg_is_decoded_small_and_lands_in_the_same_place(tmp_path):
    """Decoded at half size and warped, a smooth image is the same as decoded whole and warped."""
    file = tmp_path / "a.jpg"
    image = cv2.GaussianBlur(np.random.default_rng(1).integers(0, 256, (301, 451), np.uint8), (0, 0), 12)
    image = cv2.normalize(image, None, 0, 255, cv2.NORM_MINMAX)
    cv2.imwrite(str(file), image, [cv2.IMWRITE_JPEG_QUALITY, 98])
    sample = Sample(file, 451, 301, np.zeros((0, 3, 3), np.float32), np.zeros(0), (), np.ones(3, bool), 0, NO_BOXES)
    unsized = Sample(
        file, None, None, *(getattr(sample, n) for n in ("keypoints", "areas", "ignore", "labelled")), 0, NO_BOXES
    )
    small, _, _, _ = dataset([sample])[0]
    whole, _, _, _ = dataset([unsized])[0]
    assert not np.array_equal(small, whole)  # they are two ways
    small, whole = small[..., 0].astype(float), whole[..., 0].astype(float)
    for slope in np.gradient(whole):
        shift = ((small - whole) * slope)[2:-2, 2:90].sum() / (slope**2)[2:-2, 2:90].sum()  # least squares
        assert abs(shift) < 0.05


def test_a_folder_of_images_serves(samples):
    image, keypoints, mask, labelled = dataset(unlabelled(samples[0].file.parent, TOPOLOGY), AugmentOptions())[2]
    assert image.shape == (64, 96, 3)
    assert len(keypoints) == 0
    assert mask.all()
    assert not labelled.any()


def test_cells_whose_centre_lies_in_a_region_do_not_count():
    # stride 4: cell u is at pixel 4 u + 1.5; the box covers pixels 9..22 and 5..14, cells 2 (9.5) to 5 (21.5), 1 to 3
    region = np.float32([[9, 5], [22, 5], [22, 14], [9, 14]])
    mask = ignore_mask((region,), np.eye(3), 32, 24, 4)
    expected = np.ones((6, 8), np.float32)
    expected[1:4, 2:6] = 0
    np.testing.assert_array_equal(mask, expected)


@pytest.mark.parametrize("angle", [0, 30, 110])
def test_polygon_and_rle_of_a_region_follow_the_image_alike(angle):
    matrix = np.vstack([cv2.getRotationMatrix2D((60, 40), angle, 1.3), [0, 0, 1]])
    image = np.zeros((80, 120), np.uint8, order="F")
    image[20:60, 30:90] = 1
    polygon = np.float32([[29.5, 19.5], [89.5, 19.5], [89.5, 59.5], [29.5, 59.5]])
    # what is surely inside at the centres of the cells, which lie between pixels 1 and 2 of four
    warped = cv2.erode(cv2.warpAffine(image, matrix[:2], (120, 80)), np.ones((3, 3)))[1::4, 1::4] > 0
    for region in (polygon, rle.encode(image)):
        ignored = ignore_mask((region,), matrix, 120, 80, 4) == 0
        assert ignored[warped].all()
        seam = cv2.dilate(warped.astype(np.uint8), np.ones((3, 3))) > 0
        assert not (ignored & ~seam).any()  # no more than a seam of cells around it


def test_tiles_cover_the_input():
    rng = np.random.default_rng(3)
    counts = set()
    for _ in range(100):
        tiles = random_tiles(rng, 96, 64, 8)
        cover = np.zeros((64, 96), int)
        for x, y, w, h in tiles:
            assert x % 8 == y % 8 == w % 8 == h % 8 == 0
            cover[y : y + h, x : x + w] += 1
        assert (cover == 1).all()
        counts.add(len(tiles))
    assert counts == {1, 2, 4}


def test_people_of_a_collage_lie_in_their_tiles(tmp_path):
    """Every image is black but for a white square on its only keypoint: all keypoints are white, all else black."""
    made = []
    for i in range(4):
        image = np.zeros((60, 60, 3), np.uint8)
        x, y = 20 + 5 * i, 40 - 5 * i
        image[y - 4 : y + 5, x - 4 : x + 5] = 255
        cv2.imwrite(str(tmp_path / f"{i}.png"), image)
        keypoints = np.float32([[[x, y, 2], [0, 0, 0], [0, 0, 0]]])
        made.append(Sample(tmp_path / f"{i}.png", 60, 60, keypoints, np.ones(1), (), np.ones(3, bool), i, NO_BOXES))
    options = AugmentOptions.none().changed(flip=0.5, rotation=40.0, scale_max=1.5, translation=0.2)
    ds = dataset(made * 10, options, collage=1.0)
    people = []
    for i in range(40):
        image, keypoints, mask, _ = ds[i]
        assert mask.shape == (8, 12)
        known = keypoints[keypoints[:, :, 2] > 0]
        people.append(len(known))
        for x, y, _ in known:
            assert image[int(np.clip(round(float(y)), 0, 63)), int(np.clip(round(float(x)), 0, 95))].max() > 100
    assert max(people) == 4


def test_wrong_arguments_are_refused(samples):
    with pytest.raises(ValueError, match="0 samples"):
        Source([])
    with pytest.raises(ValueError, match="collage 2"):
        Source(samples, collage=2)
    with pytest.raises(ValueError, match="stride 7"):
        dataset(samples, stride=7)
    with pytest.raises(ValueError, match=r"3 keypoints, topology 'one'"):
        PoseDataset([Source(samples)], Topology("one", ("nose",), ()), SPEC, 8, NONE)
