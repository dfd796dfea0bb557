from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import paf_decoder
from oracles.scenes import crowd, figure, render

from trt_pose_ros import PoseDecoder, Topology
from trt_pose_ros.families.paf import PRESETS, DecoderOptions
from trt_pose_ros.families.paf.decoder import _maps

HUMAN = Topology.load("human_pose")
OPENPOSE = Topology.load("openpose_18")
CHAIN = Topology.from_category({"name": "chain", "keypoints": ["a", "b", "c"], "skeleton": [[1, 2], [2, 3]]})
SEEDS = st.integers(0, 10_000)
few = settings(max_examples=25, deadline=None, derandomize=True)


def scene(topology, seed, people=4, size=(40, 48), noise=0.0):
    random = np.random.default_rng(seed)
    return render(topology, crowd(topology, random, people, size), size, noise=noise, random=random)


def assert_same(actual, expected_keypoints, expected_scores, tolerance=1e-4):
    np.testing.assert_allclose(actual.scores, expected_scores, atol=tolerance)
    np.testing.assert_allclose(actual.keypoints, expected_keypoints, atol=tolerance)


# --- what is found ---


def test_one_person_is_found_where_it_is():
    truth = figure(HUMAN, np.random.default_rng(1), 25, 20.3, 5.6)
    (poses,) = PoseDecoder(HUMAN)(*render(HUMAN, [truth], (40, 48)))
    assert len(poses) == 1
    np.testing.assert_allclose(poses.keypoints[0, :, :2], truth, atol=0.1)
    assert poses.keypoints[0, :, 2].min() > 0.9
    assert 0.5 < poses.scores[0] <= 1


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize(("noise", "threshold"), [(0.0, 1e-3), (0.03, None)])
def test_nobody_is_found_in_empty_maps_and_noise(preset, noise, threshold):
    random = np.random.default_rng(0)
    cmap = random.normal(0, noise, (8, 18, 64, 64)).astype(np.float32)
    paf = random.normal(0, noise, (8, 42, 64, 64)).astype(np.float32)
    options = {} if threshold is None else {"peak_threshold": threshold}
    assert [len(poses) for poses in PoseDecoder(HUMAN, preset=preset, **options)(cmap, paf)] == [0] * 8


def test_people_come_best_first_and_scores_stay_in_range():
    (poses,) = PoseDecoder(HUMAN)(*scene(HUMAN, 3, people=8, noise=0.03))
    assert len(poses) > 3
    assert (np.diff(poses.scores) <= 0).all()
    assert ((poses.scores >= 0) & (poses.scores <= 1)).all()
    assert ((poses.keypoints[:, :, 2] >= 0) & (poses.keypoints[:, :, 2] <= 1)).all()
    assert (np.isnan(poses.keypoints[:, :, 0]) == ~poses.found).all()


@pytest.mark.parametrize("topology", [HUMAN, OPENPOSE], ids=lambda t: t.name)
def test_two_people_who_share_a_neck_stay_two_whole_people(topology):
    random = np.random.default_rng(0)
    truth = [figure(topology, random, 25, x, 8, arms=False) for x in (18, 24)]
    neck = topology.index("neck")
    truth[0][neck] = truth[1][neck] = (truth[0][neck] + truth[1][neck]) / 2
    (poses,) = PoseDecoder(topology)(*render(topology, truth, (40, 48)))
    assert len(poses) == 2
    assert poses.found.all()
    if topology is HUMAN:  # openpose_18 has no link but the neck's to tell whose the legs are
        for person in truth:
            assert np.linalg.norm(poses.keypoints[:, :, :2] - person, axis=2).max(axis=1).min() < 1


def test_a_faint_keypoint_completes_a_person_but_starts_none():
    truth = figure(HUMAN, np.random.default_rng(1), 25, 20, 5)
    cmap, paf = render(HUMAN, [truth], (40, 48))
    wrist = HUMAN.index("left_wrist")
    cmap[:, wrist] *= 0.05
    (poses,) = PoseDecoder(HUMAN)(cmap, paf)
    np.testing.assert_allclose(poses.keypoints[0, wrist, :2], truth[wrist], atol=0.1)
    assert len(PoseDecoder(HUMAN)(0.05 * cmap, paf)[0]) == 0
    assert not PoseDecoder(HUMAN, preset="fast")(cmap, paf)[0].found[0, wrist]


def test_a_plateau_is_one_peak():
    one = Topology.from_category({"name": "one", "keypoints": ["a"], "skeleton": []})
    cmap = np.zeros((1, 1, 9, 9), np.float32)
    cmap[0, 0, 4, 3:5] = 0.8
    (poses,) = PoseDecoder(one)(cmap, np.zeros((1, 0, 9, 9), np.float32))
    np.testing.assert_allclose(poses.keypoints[:, 0, :2], [[3.5, 4]], atol=1e-5)


def test_of_too_many_peaks_the_strongest_are_kept():
    one = Topology.from_category({"name": "one", "keypoints": ["a"], "skeleton": []})
    cmap = np.zeros((1, 1, 30, 30), np.float32)
    cmap[0, 0, 3::6, 3::6] = np.linspace(0.2, 0.9, 25).reshape(5, 5)
    (poses,) = PoseDecoder(one, max_peaks=3)(cmap, np.zeros((1, 0, 30, 30), np.float32))
    np.testing.assert_allclose(poses.keypoints[:, 0, 2], np.linspace(0.2, 0.9, 25)[:-4:-1], rtol=1e-5)


@pytest.mark.parametrize("keypoints", [1, 2, 255])
def test_any_number_of_keypoints(keypoints):
    names = [f"k{i}" for i in range(keypoints)]
    line = Topology.from_category(
        {"name": "line", "keypoints": names, "skeleton": [[i, i + 1] for i in range(1, keypoints)]}
    )
    truth = np.stack([4 + 3.0 * (np.arange(keypoints) % 16), 4 + 3.0 * (np.arange(keypoints) // 16)], 1)
    (poses,) = PoseDecoder(line)(*render(line, [truth], (56, 56), sigma=0.8))
    assert len(poses) == 1
    np.testing.assert_allclose(poses.keypoints[0, :, :2], truth, atol=0.1)


# --- the same as the reference ---


@pytest.mark.parametrize("topology", [HUMAN, OPENPOSE], ids=lambda t: t.name)
@pytest.mark.parametrize("options", [{}, {"preset": "fast"}, {"share_threshold": 0.1, "nms_threshold": 0.3}])
@given(seed=SEEDS, noise=st.sampled_from([0.0, 0.03]))
@settings(max_examples=6, deadline=None, derandomize=True)
def test_equals_the_numpy_reference_on_scenes(topology, options, seed, noise):
    cmap, paf = scene(topology, seed, people=6, size=(32, 40), noise=noise)
    decoder = PoseDecoder(topology, **options)
    assert_same(decoder(cmap, paf)[0], *paf_decoder.decode(topology, decoder.options, cmap[0], paf[0]))


@given(seed=SEEDS, min_keypoints=st.integers(1, 3), agreement=st.sampled_from([0.0, 0.5, 1.0]))
@few
def test_equals_the_numpy_reference_on_any_maps(seed, min_keypoints, agreement):
    random = np.random.default_rng(seed)
    cmap = random.uniform(-0.2, 1.2, (1, 3, 7, 19)).astype(np.float32)
    paf = random.normal(0.3, 0.5, (1, 4, 7, 19)).astype(np.float32)
    decoder = PoseDecoder(CHAIN, min_keypoints=min_keypoints, link_agreement=agreement, peak_threshold=0.9)
    poses = decoder(cmap, paf)[0]
    assert len(poses) > 0
    assert_same(poses, *paf_decoder.decode(CHAIN, decoder.options, cmap[0], paf[0]))


# --- symmetries ---


@given(seed=SEEDS)
@few
def test_rotating_a_scene_rotates_the_result(seed):
    cmap, paf = scene(HUMAN, seed, noise=0.01)
    turned_paf = np.rot90(paf, axes=(2, 3)).reshape(1, len(HUMAN.links), 2, 48, 40)
    turned_paf = np.stack([turned_paf[:, :, 1], -turned_paf[:, :, 0]], axis=2).reshape(1, -1, 48, 40)
    (upright,) = PoseDecoder(HUMAN)(cmap, paf)
    (turned,) = PoseDecoder(HUMAN)(np.rot90(cmap, axes=(2, 3)), turned_paf)
    expected = upright.keypoints[:, :, [1, 0, 2]] * (1, -1, 1) + (0, 47, 0)
    assert_same(turned, expected, upright.scores)


@given(seed=SEEDS)
@few
def test_mirroring_a_scene_with_left_and_right_swapped_mirrors_the_result(seed):
    cmap, paf = scene(HUMAN, seed, noise=0.01)
    swap = list(HUMAN.swap)
    mirrored_paf = np.empty_like(paf)
    for i, (a, b) in enumerate(HUMAN.links):
        ends = (swap[a], swap[b])
        j, sign = (HUMAN.links.index(ends), 1) if ends in HUMAN.links else (HUMAN.links.index(ends[::-1]), -1)
        mirrored_paf[0, 2 * j] = -sign * paf[0, 2 * i, :, ::-1]
        mirrored_paf[0, 2 * j + 1] = sign * paf[0, 2 * i + 1, :, ::-1]
    (straight,) = PoseDecoder(HUMAN)(cmap, paf)
    (mirrored,) = PoseDecoder(HUMAN)(cmap[:, swap, :, ::-1], mirrored_paf)
    expected = straight.keypoints[:, swap] * (-1, 1, 1) + (47, 0, 0)
    assert_same(mirrored, expected, straight.scores)


@given(seed=SEEDS, down=st.integers(0, 7), right=st.integers(0, 9))
@few
def test_shifting_a_scene_shifts_the_result(seed, down, right):
    maps = [np.pad(m, ((0, 0), (0, 0), (4, 4), (4, 4))) for m in scene(HUMAN, seed)]
    shifted = [np.pad(m, ((0, 0), (0, 0), (down, 7 - down), (right, 9 - right))) for m in maps]
    (here,), (there,) = PoseDecoder(HUMAN)(*maps), PoseDecoder(HUMAN)(*shifted)
    assert_same(there, here.keypoints + np.float32((right, down, 0)), here.scores)


# --- batches and threads ---


def batch():
    scenes = [scene(HUMAN, seed, people=seed % 6, noise=0.02) for seed in range(9)]
    return np.concatenate([c for c, _ in scenes]), np.concatenate([p for _, p in scenes])


def same_poses(some, others):
    return len(some) == len(others) and all(
        np.array_equal(a.keypoints, b.keypoints, equal_nan=True) and np.array_equal(a.scores, b.scores)
        for a, b in zip(some, others, strict=True)
    )


def test_a_batch_gives_what_its_images_give_and_threads_change_nothing():
    cmap, paf = batch()
    decoder = PoseDecoder(HUMAN)
    together = decoder(cmap, paf)
    singles = [decoder(cmap[i : i + 1], paf[i : i + 1])[0] for i in range(len(cmap))]
    assert sum(len(poses) for poses in together) > 10
    assert same_poses(together, singles)
    assert same_poses(together, decoder.with_options(threads=4)(cmap, paf))


def test_one_decoder_serves_several_python_threads():
    cmap, paf = batch()
    decoder = PoseDecoder(HUMAN, threads=2)
    expected = decoder(cmap, paf)
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: decoder(cmap, paf), range(40)))
    assert all(same_poses(result, expected) for result in results)


def test_an_empty_batch_gives_an_empty_list():
    assert PoseDecoder(CHAIN)(np.zeros((0, 3, 8, 8), np.float32), np.zeros((0, 4, 8, 8), np.float32)) == []


@pytest.mark.parametrize("size", [(0, 0), (0, 5), (5, 0), (1, 1), (1, 40), (40, 1), (2, 17), (3, 18)])
def test_maps_of_any_size(size):
    random = np.random.default_rng(0)
    cmap = random.uniform(0, 1, (2, 3, *size)).astype(np.float32)
    paf = random.uniform(-1, 1, (2, 4, *size)).astype(np.float32)
    decoder = PoseDecoder(CHAIN, min_keypoints=1)
    for i, poses in enumerate(decoder(cmap, paf)):
        if 0 in size:
            assert len(poses) == 0
        else:
            assert_same(poses, *paf_decoder.decode(CHAIN, decoder.options, cmap[i], paf[i]))


# --- what may be handed in ---


@given(seed=SEEDS, bad=st.sampled_from([np.nan, np.inf, -np.inf]))
@few
def test_cells_that_are_not_finite_count_as_zero(seed, bad):
    random = np.random.default_rng(seed)
    dirty = scene(HUMAN, seed, noise=0.02)
    for maps in dirty:
        maps[random.random(maps.shape) < 0.03] = bad
    clean = [np.where(np.isfinite(maps), maps, np.float32(0)) for maps in dirty]
    assert same_poses(PoseDecoder(HUMAN)(*dirty), PoseDecoder(HUMAN)(*clean))


def test_huge_values_keep_scores_in_range():
    cmap, paf = scene(HUMAN, 1)
    (poses,) = PoseDecoder(HUMAN)(cmap * 1e30, paf * np.float32(3e38))
    assert len(poses) > 0
    assert ((poses.scores >= 0) & (poses.scores <= 1)).all()


@pytest.mark.parametrize("dtype", [np.float16, np.float64, ">f4"])
def test_other_floats_are_converted(dtype):
    cmap, paf = (maps.astype(np.float16).astype(np.float32) for maps in scene(HUMAN, 2))
    expected = PoseDecoder(HUMAN)(cmap, paf)
    assert same_poses(PoseDecoder(HUMAN)(cmap.astype(dtype), paf.astype(dtype)), expected)


def test_any_strides_are_read_and_only_gaps_within_a_channel_are_copied():
    cmap, paf = batch()
    expected = PoseDecoder(HUMAN)(cmap, paf)
    with_background = np.concatenate([cmap, cmap[:, :1]], axis=1)
    transposed = [np.ascontiguousarray(m.transpose(0, 1, 3, 2)).transpose(0, 1, 3, 2) for m in (cmap, paf)]
    backwards = np.ascontiguousarray(cmap[::-1, ::-1])[::-1, ::-1]
    assert same_poses(PoseDecoder(HUMAN)(with_background[:, :18], paf), expected)
    assert same_poses(PoseDecoder(HUMAN)(*transposed), expected)
    assert same_poses(PoseDecoder(HUMAN)(backwards, paf), expected)
    assert np.shares_memory(_maps("cmap", with_background[:, :18]), with_background)
    assert np.shares_memory(_maps("cmap", backwards), backwards)
    assert not np.shares_memory(_maps("cmap", transposed[0]), transposed[0])


def test_channels_and_components_in_any_order():
    cmap, paf = scene(HUMAN, 5)
    expected = PoseDecoder(HUMAN)(cmap, paf)
    random = np.random.default_rng(0)
    keypoints, links = random.permutation(20)[:18], random.permutation(21)
    shuffled_cmap = np.zeros((1, 20, *cmap.shape[2:]), np.float32)
    shuffled_cmap[:, keypoints] = cmap
    shuffled_paf = np.empty_like(paf)
    for i, pair in enumerate(links):
        shuffled_paf[:, 2 * pair], shuffled_paf[:, 2 * pair + 1] = paf[:, 2 * i + 1], paf[:, 2 * i]
    decoder = PoseDecoder(HUMAN, paf_order="yx", keypoint_channels=keypoints, link_channels=links)
    assert same_poses(decoder(shuffled_cmap, shuffled_paf), expected)


@pytest.mark.parametrize(
    ("cmap", "paf", "error", "complaint"),
    [
        ((1, 2, 8, 8), (1, 4, 8, 8), ValueError, "cmap has 2 channels, topology 'chain' needs 3"),
        ((1, 3, 8, 8), (1, 6, 8, 8), ValueError, "paf has 6 channels, topology 'chain' needs 4"),
        ((1, 3, 8, 8), (1, 4, 8, 9), ValueError, "must agree in batch size, height and width"),
        ((2, 3, 8, 8), (1, 4, 8, 8), ValueError, "must agree in batch size, height and width"),
        ((3, 8, 8), (4, 8, 8), ValueError, r"cmap must be \[batch, channels, height, width\]"),
    ],
)
def test_contradicting_shapes_are_refused(cmap, paf, error, complaint):
    with pytest.raises(error, match=complaint):
        PoseDecoder(CHAIN)(np.zeros(cmap, np.float32), np.zeros(paf, np.float32))


@pytest.mark.parametrize("maps", [np.zeros((1, 3, 8, 8), np.uint8), [[1.0]], None])
def test_what_is_no_array_of_floats_is_refused(maps):
    with pytest.raises(TypeError, match="cmap must be a NumPy array of floats"):
        PoseDecoder(CHAIN)(maps, np.zeros((1, 4, 8, 8), np.float32))


# --- options ---


@pytest.mark.parametrize("option", fields(DecoderOptions), ids=lambda option: option.name)
def test_every_option_has_a_range_that_is_kept_and_an_effect(option):
    assert option.metadata["low"] <= option.default <= option.metadata["high"]
    assert option.metadata["effect"].endswith(".")
    for value in (option.metadata["low"] - 1, option.metadata["high"] + 1):
        with pytest.raises(ValueError, match=f"{option.name} is {value}, must be .* at least .* and at most"):
            PoseDecoder(CHAIN, **{option.name: value})
    with pytest.raises(ValueError, match=f"{option.name} is '1', must be a"):
        PoseDecoder(CHAIN, **{option.name: "1"})


@pytest.mark.parametrize(
    ("arguments", "error", "complaint"),
    [
        ({"peak_treshold": 0.1}, ValueError, "no option peak_treshold, only peak_threshold"),
        ({"preset": "best"}, ValueError, "preset must be one of .*'accurate', 'fast'.*got 'best'"),
        ({"paf_order": "ij"}, ValueError, "paf_order must be 'xy' or 'yx', got 'ij'"),
        ({"keypoint_channels": [0, 1]}, ValueError, "keypoint_channels must be 3 different channels"),
        ({"keypoint_channels": [0, 1, 2.5]}, ValueError, "keypoint_channels must be 3 different channels"),
        ({"link_channels": [0, 0]}, ValueError, "link_channels must be 2 different channels"),
        ({"link_threshold": float("nan")}, ValueError, "link_threshold is nan, must be"),
        ({"min_keypoints": 2.5}, ValueError, r"min_keypoints is 2\.5, must be a whole number"),
    ],
)
def test_wrong_arguments_are_named(arguments, error, complaint):
    with pytest.raises(error, match=complaint):
        PoseDecoder(CHAIN, **arguments)


def test_with_options_changes_only_what_it_is_told():
    cmap, paf = scene(HUMAN, 1)
    decoder = PoseDecoder(HUMAN, preset="fast", paf_order="yx")
    strict = decoder.with_options(min_score=1.0)
    with pytest.raises(ValueError, match="no option speed"):
        decoder.with_options(speed=1)
    assert strict.options == DecoderOptions(**{**vars(PRESETS["fast"]), "min_score": 1.0})
    assert len(strict(cmap, paf)[0]) == 0
    flipped = paf.reshape(1, -1, 2, *paf.shape[2:])[:, :, ::-1].reshape(paf.shape)
    assert len(strict.with_options(min_score=0)(cmap, flipped)[0]) == len(decoder(cmap, flipped)[0]) > 0
