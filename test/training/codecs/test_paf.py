"""Heatmaps and fields: against a slow reference, and back to the people that they were made of."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs PyTorch: pip install '.[train]'")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from trt_pose_ros.topology import Topology  # noqa: E402
from trt_pose_training.codecs.paf import PafCodec  # noqa: E402

TOPOLOGY = Topology.load("human_pose")
KEYPOINTS, LINKS = len(TOPOLOGY.keypoints), len(TOPOLOGY.links)
STRIDE, SIGMA, WIDTH = 8, 0.9, 1.1
HEIGHT, WIDTH_CELLS = 20, 24

seeds = st.integers(0, 2**32 - 1)


def encode(keypoints, mask=None, labelled=None, **options):
    """Targets of keypoints [N, P, K, 3] in a map of 20x24 cells, as numpy arrays by name."""
    keypoints = torch.as_tensor(np.asarray(keypoints, np.float32))
    images = len(keypoints)
    mask = torch.ones(images, HEIGHT, WIDTH_CELLS) if mask is None else torch.as_tensor(mask)
    labelled = torch.ones(images, KEYPOINTS, dtype=torch.bool) if labelled is None else torch.as_tensor(labelled)
    targets = PafCodec(TOPOLOGY, STRIDE, SIGMA, WIDTH, **options).encode(keypoints, mask, labelled)
    return {name: value.numpy() for name, value in vars(targets).items()}


def people(rng, images=1, persons=2, unknown=0.3):
    """Random keypoints [N, P, K, 3], some of them unknown, some outside the input."""
    places = rng.uniform(-40, (STRIDE * WIDTH_CELLS + 40, STRIDE * HEIGHT + 40), (images, persons, KEYPOINTS, 2))
    visibility = rng.choice([0, 1, 2], (images, persons, KEYPOINTS, 1), p=[unknown, 0.3, 0.7 - unknown])
    return np.concatenate([places, visibility], axis=-1).astype(np.float32)


def reference(keypoints):
    """Heatmaps [K, h, w] and fields [2L, h, w] of one image's people, cell by cell."""
    heatmaps = np.zeros((KEYPOINTS, HEIGHT, WIDTH_CELLS))
    pafs = np.zeros((2 * LINKS, HEIGHT, WIDTH_CELLS))
    cells = [[((x, y, v) if v else None) for x, y, v in person] for person in keypoints.tolist()]

    def to_cell(point):
        return (np.array(point[:2]) - (STRIDE - 1) / 2) / STRIDE

    for y, x in np.ndindex(HEIGHT, WIDTH_CELLS):
        here = np.array([x, y])
        for k in range(KEYPOINTS):
            for person in cells:
                if person[k]:
                    square = np.sum((here - to_cell(person[k])) ** 2)
                    heatmaps[k, y, x] = max(heatmaps[k, y, x], np.exp(-square / (2 * SIGMA**2)))
        for i, (a, b) in enumerate(TOPOLOGY.links):
            directions = []
            for person in cells:
                if person[a] and person[b]:
                    start, end = to_cell(person[a]), to_cell(person[b])
                    length = np.linalg.norm(end - start)
                    unit = (end - start) / length
                    along = (here - start) @ unit
                    across = abs((here - start) @ (unit[1], -unit[0]))
                    if -WIDTH <= along <= length + WIDTH and across <= WIDTH:
                        directions.append(unit)
            if directions:
                pafs[2 * i : 2 * i + 2, y, x] = np.mean(directions, axis=0)
    return heatmaps, pafs


@settings(max_examples=8, deadline=None)
@given(seeds)
def test_targets_are_those_of_the_slow_reference(seed):
    keypoints = people(np.random.default_rng(seed))
    found = encode(keypoints)
    heatmaps, pafs = reference(keypoints[0])
    np.testing.assert_allclose(found["heatmaps"][0], heatmaps, atol=1e-5)
    differs = np.abs(found["pafs"][0] - pafs) > 1e-5
    assert differs.mean() < 1e-3  # cells whose distance is the field's width but for rounding


@settings(max_examples=25, deadline=None)
@given(seeds, st.integers(1, 3))
def test_people_are_found_again(seed, persons):
    rng = np.random.default_rng(seed)
    room = WIDTH_CELLS / persons
    low = np.array([[(i * room + 2.5, 2) for i in range(persons)]]).reshape(persons, 1, 2)
    size = np.array([room - 5, HEIGHT - 4])
    cells = low + rng.uniform(0, 1, (persons, KEYPOINTS, 2)) * size
    places = STRIDE * cells + (STRIDE - 1) / 2
    keypoints = np.concatenate([places, np.full((persons, KEYPOINTS, 1), 2)], axis=-1)[None]
    targets = encode(keypoints)
    (found,) = PafCodec(TOPOLOGY, STRIDE).decode(*(torch.as_tensor(targets[n]) for n in ("heatmaps", "pafs")))
    assert len(found) == persons
    for expected in places:
        distances = np.linalg.norm(found.keypoints[:, :, :2] - expected, axis=2)
        person = np.nanmedian(distances, axis=1).argmin()
        assert np.nanmax(distances[person]) <= 0.35 * STRIDE
        assert np.isfinite(distances[person]).all()


@settings(max_examples=20, deadline=None)
@given(seeds)
def test_every_image_of_a_batch_and_every_person_count_for_themselves(seed):
    rng = np.random.default_rng(seed)
    batch = people(rng, images=3, persons=3)
    together = encode(batch)
    for i, image in enumerate(batch):
        alone = encode(image[None])
        shuffled = encode(image[None, rng.permutation(3)])
        for name in ("heatmaps", "pafs"):
            np.testing.assert_array_equal(together[name][i], alone[name][0])
            np.testing.assert_allclose(shuffled[name][0], alone[name][0], atol=1e-6)


def test_a_keypoint_on_a_cell_is_a_peak_of_one():
    keypoints = np.zeros((1, 1, KEYPOINTS, 3))
    keypoints[0, 0, 4] = (STRIDE * 7 + 3.5, STRIDE * 5 + 3.5, 2)
    maps = encode(keypoints)["heatmaps"][0]
    assert maps[4, 5, 7] == pytest.approx(1)
    assert maps[4, 5, 8] == pytest.approx(np.exp(-1 / (2 * SIGMA**2)))
    assert np.delete(maps, 4, axis=0).max() == 0


def test_where_limbs_cross_the_field_is_their_mean():
    (a, b), link = TOPOLOGY.links[0], 0
    keypoints = np.zeros((1, 2, KEYPOINTS, 3))
    keypoints[0, 0, a], keypoints[0, 0, b] = (STRIDE * 2 + 3.5, 83.5, 2), (STRIDE * 18 + 3.5, 83.5, 2)
    keypoints[0, 1, a], keypoints[0, 1, b] = (83.5, STRIDE * 2 + 3.5, 2), (83.5, STRIDE * 18 + 3.5, 2)
    field = encode(keypoints)["pafs"][0, 2 * link : 2 * link + 2]
    np.testing.assert_allclose(field[:, 10, 10], (0.5, 0.5), atol=1e-6)
    np.testing.assert_allclose(field[:, 10, 4], (1, 0), atol=1e-6)
    np.testing.assert_allclose(field[:, 4, 10], (0, 1), atol=1e-6)


def test_hidden_keypoints_count_and_unknown_ones_do_not():
    rng = np.random.default_rng(0)
    keypoints = people(rng, unknown=0)
    hidden = keypoints.copy()
    hidden[..., 2] = 1
    unknown = keypoints.copy()
    unknown[0, 1, :, 2] = 0
    for name in ("heatmaps", "pafs"):
        np.testing.assert_array_equal(encode(hidden)[name], encode(keypoints)[name])
        np.testing.assert_array_equal(encode(unknown)[name], encode(keypoints[:, :1])[name])


def test_keypoints_far_outside_leave_only_the_part_of_a_limb_that_is_inside():
    (a, b) = TOPOLOGY.links[0]
    keypoints = np.zeros((1, 1, KEYPOINTS, 3))
    keypoints[0, 0, a], keypoints[0, 0, b] = (-4000.0, 83.5, 2), (STRIDE * 6 + 3.5, 83.5, 2)
    targets = encode(keypoints)
    assert targets["heatmaps"][0, a].max() == 0
    row = targets["pafs"][0, 0, 10]
    np.testing.assert_allclose(row[:7], 1, atol=1e-5)
    assert not row[9:].any()


@pytest.mark.parametrize("place", [(40.0, 40.0), (np.nan, 40.0), (np.inf, 40.0)])
def test_limbs_without_length_and_impossible_places_leave_no_trace_in_the_fields(place):
    keypoints = np.full((1, 1, KEYPOINTS, 3), 2.0)
    keypoints[..., :2] = place
    targets = encode(keypoints)
    assert not targets["pafs"].any()
    assert all(np.isfinite(value).all() for value in targets.values())


def test_images_without_people_are_empty_and_count():
    targets = encode(np.zeros((2, 0, KEYPOINTS, 3)))
    assert not targets["heatmaps"].any()
    assert not targets["pafs"].any()
    assert targets["heatmaps"].shape == (2, KEYPOINTS, HEIGHT, WIDTH_CELLS)
    assert targets["pafs"].shape == (2, 2 * LINKS, HEIGHT, WIDTH_CELLS)
    assert targets["mask"].min() == targets["heatmap_known"].min() == targets["paf_known"].min() == 1


def test_masked_cells_and_keypoints_that_the_data_lack_do_not_count():
    mask = np.ones((2, HEIGHT, WIDTH_CELLS), np.float32)
    mask[0, 3:6, 4:9] = 0
    labelled = np.ones((2, KEYPOINTS), bool)
    neck = TOPOLOGY.keypoints.index("neck")
    labelled[1, neck] = False
    targets = encode(people(np.random.default_rng(0), images=2), mask, labelled)
    np.testing.assert_array_equal(targets["mask"], mask)
    assert targets["heatmap_known"].tolist() == labelled.astype(float).tolist()
    for i, link in enumerate(TOPOLOGY.links):
        assert (targets["paf_known"][0] == 1).all()
        assert (targets["paf_known"][1, 2 * i : 2 * i + 2] == (neck not in link)).all()


@pytest.mark.parametrize("name", ["stride", "sigma", "width"])
@pytest.mark.parametrize("value", [0, -1.0, float("nan")])
def test_sizes_must_be_positive(name, value):
    with pytest.raises(ValueError, match=f"{name} is .*must be positive"):
        PafCodec(TOPOLOGY, **{"stride": 8, name: value})
