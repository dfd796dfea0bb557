"""Two networks together, of which all answers are known; see tiny_top_down."""

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from tiny_model import TOPOLOGY, person, picture, write_model

pytest.importorskip("onnx", reason="the tests' networks are written with the onnx package")
pytest.importorskip("onnxruntime", reason="the tests' networks run on onnxruntime")
from tiny_top_down import SIDE, write_body, write_detector, write_pair, write_person

from trt_pose_ros import PosePipeline
from trt_pose_ros.boxes import body_boxes, box_poses
from trt_pose_ros.finders.top_down import TopDownOptions
from trt_pose_ros.poses import RAY_RELATIVE
from trt_pose_ros.tracking import TrackerOptions

SIZE = 80  # of the people in pictures of 384x384
WIDE = 2 * SIDE


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("top_down")
    # boxes of a person's size: pictures are twice as wide as the detector's input
    write_detector(folder / "detector.onnx", 1.2 * SIZE / 2)
    write_person(folder / "person.onnx")
    write_person(folder / "simcc.onnx", simcc=True)
    write_model(folder / "bottom_up.onnx")
    return folder


@pytest.fixture
def opened(folder):
    def opened(network="detector", person="person", **options):
        pair = write_pair(folder / "pair.json", folder / f"{network}.onnx", folder / f"{person}.onnx")
        pipeline = PosePipeline.open(pair, "onnxruntime", **options)
        pipeline.following.tracking = TrackerOptions(min_hits=1, confident=0.1)
        return pipeline

    return opened


def wide(people):
    return picture(people, WIDE, WIDE)


def row(count, step=0):
    """People so far apart that no crop shows two, who walk to the right; four at most."""
    return [person(70 + 180 * (i % 2) + 3 * step, 80 + 180 * (i // 2), SIZE) for i in range(count)]


def assert_found(poses, people, tolerance=1.5):
    """Everybody, and nobody else, in any order."""
    assert len(poses) == len(people)
    for truth in people:
        distances = np.abs(poses.keypoints[:, :, :2] - truth).max(axis=(1, 2))
        assert distances.min() <= tolerance


# discs are bright all over: of their bins the first one counts, at the disc's edge
@pytest.mark.parametrize(("person_network", "tolerance"), [("person", 1.5), ("simcc", 0.1 * SIZE)])
def test_people_are_where_they_are(opened, person_network, tolerance):
    pipeline = opened(person=person_network)
    people = row(4)
    (poses,) = pipeline([wide(people)])
    assert_found(poses, people, tolerance)
    assert poses.topology == TOPOLOGY
    assert (poses.scores > 0.3).all()
    assert pipeline.deferred == [0]
    assert list(pipeline.times) == [
        "preprocess",
        "network",
        "decode",
        "crop",
        "person_network",
        "person_decode",
        "track",
    ]


def test_bodies_that_the_per_person_network_sees_in_space_go_with_their_people(folder, opened):
    world = np.random.default_rng(0).uniform(-0.3, 0.3, (33, 3))
    write_body(folder / "body.onnx", world)
    pipeline = opened(person="body")
    (poses,) = pipeline([wide(row(3))])
    assert len(poses) == 3
    assert poses.position_frame == RAY_RELATIVE
    hips = [poses.topology.index(name) for name in ("left_hip", "right_hip")]
    for body in poses.positions:
        np.testing.assert_allclose(body, world - world[hips].mean(axis=0), atol=1e-5)
    assert np.isfinite(poses.position_stddevs).all()
    (nobody,) = pipeline([wide([])])
    assert len(nobody) == 0


def test_all_images_in_one_batch_give_what_they_give_alone(opened):
    pipeline = opened()
    pictures = [wide(row(3)), wide([]), wide(row(1, 5)), picture(row(2), WIDE, 300)]
    together = pipeline(pictures)
    assert [len(poses) for poses in together] == [3, 0, 1, 2]
    for poses, alone in zip(together, pictures, strict=True):
        (single,) = pipeline([alone])
        np.testing.assert_allclose(poses.keypoints, single.keypoints, atol=1e-4)
        np.testing.assert_allclose(poses.scores, single.scores, atol=1e-5)
    assert pipeline([]) == []


def test_the_tracker_says_where_people_are_between_two_looks(opened):
    pipeline = opened(detect_every=3)
    looked, ids = [], []
    for step in range(9):
        people = row(3, step)
        (poses,) = pipeline([wide(people)], ["front"], [step / 30])
        looked.append(pipeline.times["network"] > 0)
        assert_found(poses, people)
        nearest = [np.abs(poses.keypoints[:, :, :2] - truth).max(axis=(1, 2)).argmin() for truth in people]
        ids.append(poses.track_ids[nearest].tolist())
    assert looked == [True, False, False] * 3
    assert all(row == ids[0] for row in ids)


def test_cameras_take_turns(opened, monkeypatch):
    pipeline = opened(detect_every=3)
    network, looks = pipeline.finder.network, []
    find = network._find
    monkeypatch.setattr(network, "_find", lambda images: looks.append(len(images)) or find(images))
    for step in range(7):
        frames = [wide(row(count, step)) for count in (1, 2, 3)]
        for poses, count in zip(pipeline(frames, ["a", "b", "c"], [step / 30] * 3), (1, 2, 3), strict=True):
            assert_found(poses, row(count, step))
    assert looks == [3, 1, 1, 1, 1, 1, 1]  # at first nobody is followed


def test_detect_every_0_looks_only_while_nobody_is_followed(opened):
    pipeline = opened(detect_every=0)
    shown = [0, 0, 2, 2, 2, 2, 0]
    looked = []
    for step, count in enumerate(shown):
        pipeline([wide(row(count, step))], ["front"], [step / 30])
        looked.append(pipeline.times["network"] > 0)
    assert looked == [True, True, True, False, False, False, False]


def test_without_identities_or_cameras_every_image_is_looked_at(opened):
    pipeline = opened(detect_every=5)
    pipeline.following.tracking = None
    for step in range(3):
        assert_found(pipeline([wide(row(2, step))], ["front"], [step / 30])[0], row(2, step))
        assert_found(pipeline([wide(row(2, step))])[0], row(2, step))


def test_who_waited_longest_goes_first(opened):
    pipeline = opened(detect_every=1, max_people=2)
    seen = []
    for step in range(12):
        (poses,) = pipeline([wide(row(4))], ["front"], [step / 30])
        assert len(poses) == 2
        assert pipeline.deferred == [2]
        seen.append(set(poses.track_ids.tolist()))
    settled = seen[4:]
    assert set.union(*settled) == {0, 1, 2, 3}
    assert all(a | b == {0, 1, 2, 3} for a, b in pairwise(settled))


def test_whoever_gets_no_identity_yet_is_not_kept_waiting(opened):
    """Three images in a row are needed for one: with many people and little time, nobody would ever get one."""
    pipeline = opened(detect_every=1, max_people=2)
    pipeline.following.tracking = TrackerOptions(min_hits=3, confident=0.1)
    ids = set()
    for step in range(20):
        (poses,) = pipeline([wide(row(4))], ["front"], [step / 30])
        ids |= set(poses.track_ids.tolist()) - {-1}
    assert ids == {0, 1, 2, 3}


def test_a_time_budget_lets_somebody_wait(opened):
    pipeline = opened(time_budget=1e-9)
    (poses,) = pipeline([wide(row(4))])
    assert len(poses) == 1
    assert pipeline.deferred == [3]
    pipeline.options = {**pipeline.options, "top_down": TopDownOptions(time_budget=10.0)}
    assert_found(pipeline([wide(row(4))])[0], row(4))


def test_boxes_from_elsewhere(opened):
    pipeline = opened(given_boxes=True)
    people = row(3)
    around = np.array([[*truth.min(axis=0) - 10, *truth.max(axis=0) + 10] for truth in people])
    given_boxes = box_poses(around[:2], np.ones(2))
    found, nobody = pipeline([wide(people), wide(people)], detections=[given_boxes, None])
    assert_found(found, people[:2])
    assert len(nobody) == 0
    assert pipeline.times["network"] == 0
    with pytest.raises(ValueError, match="detections are of 1 images, there are 2"):
        pipeline([wide(people)] * 2, detections=[given_boxes])


def test_given_boxes_go_before_the_detectors(opened):
    pipeline = opened()
    people = row(3)
    around = box_poses(np.array([[*people[1].min(axis=0), *people[1].max(axis=0)]]), np.ones(1))
    one, all_of_them = pipeline([wide(people)] * 2, detections=[around, None])
    assert_found(one, people[1:2])
    assert_found(all_of_them, people)


def test_a_person_in_two_boxes_is_one(opened):
    pipeline = opened(given_boxes=True)
    (truth,) = row(1)
    box = np.array([*truth.min(axis=0) - 8, *truth.max(axis=0) + 8])
    (poses,) = pipeline([wide([truth])], detections=[box_poses(np.stack([box, box + 3]), np.array([0.9, 0.8]))])
    assert_found(poses, [truth])


def test_whoever_left_is_not_made_up(opened):
    pipeline = opened(detect_every=100)
    (poses,) = pipeline([wide(row(2))], ["front"], [0.0])
    assert len(poses) == 2
    (poses,) = pipeline([wide(row(1))], ["front"], [1 / 30])
    assert_found(poses, row(1))


def test_refining_corrects_what_a_bottom_up_network_found(opened):
    """The bottom-up network sees the large picture in cells of 12 pixels, the crops have cells of a few."""
    people = row(3)
    plain = opened("bottom_up")
    plain = PosePipeline.open(plain.model.path, "onnxruntime")
    (before,) = plain([wide(people)])
    pipeline = opened("bottom_up")
    (after,) = pipeline([wide(people)])
    assert after.topology == before.topology == TOPOLOGY
    errors = [error(poses, people) for poses in (before, after)]
    assert errors[1] < 0.5 * errors[0]
    assert len(after) == len(before) == 3


def error(poses, people):
    return np.mean([np.abs(poses.keypoints[:, :, :2] - truth).mean(axis=(1, 2)).min() for truth in people])


def test_people_for_whom_there_is_no_time_stay_as_they_were_found(opened):
    people = row(3)
    pipeline = opened("bottom_up", max_people=1)
    (poses,) = pipeline([wide(people)])
    assert len(poses) == 3
    assert pipeline.deferred == [2]
    (plain,) = PosePipeline.open(pipeline.model.path, "onnxruntime")([wide(people)])
    kept = [(plain.keypoints == one).all(axis=(1, 2)).any() for one in poses.keypoints]
    assert sum(kept) == 2


def test_the_per_person_network_can_be_left_out_or_replaced(folder, opened):
    pair = folder / "pair.json"
    opened("bottom_up")
    assert PosePipeline.open(pair, "onnxruntime", person=False).model.person is None
    described = json.loads(pair.read_text())
    pair.write_text(json.dumps(described | {"options": {"max_similarity": 0.5}}))  # which a network alone has not
    assert PosePipeline.open(pair, "onnxruntime", person=False).model.person is None
    other = PosePipeline.open(folder / "bottom_up.onnx", "onnxruntime", person=folder / "simcc.onnx")
    assert other.model.person.manifest.family == "simcc"
    assert len(other([wide(row(2))])[0]) == 2


def test_options_go_to_whom_they_belong(opened):
    pipeline = opened(min_box_score=0.5, refine="quarter", max_people=7)
    assert pipeline.options["decoder"].min_box_score == 0.5
    assert pipeline.options["person"].refine == "quarter"
    assert pipeline.options["top_down"].max_people == 7
    with pytest.raises(ValueError, match="no option min_people"):
        opened(min_people=2)
    with pytest.raises(ValueError, match="max_people is 0"):
        opened(max_people=0)


def test_crops_reach_as_far_as_the_scale_says(opened):
    pipeline = opened(crop_scale=1.0)
    seen = []
    run = pipeline.finder.person.preprocess

    def noted(regions, batch):
        seen.extend(region.box for region in regions)
        return run(regions, batch)

    pipeline.finder.person.preprocess = noted
    pipeline.finder.person.preprocess.height, pipeline.finder.person.preprocess.width = run.height, run.width
    (truth,) = row(1)
    box = np.array([[100.0, 100.0, 180.0, 160.0]])
    pipeline([wide([truth])], detections=[box_poses(box, np.ones(1))])
    pipeline.options = {**pipeline.options, "top_down": replace(pipeline.options["top_down"], crop_scale=1.5)}
    pipeline([wide([truth])], detections=[box_poses(box, np.ones(1))])
    np.testing.assert_allclose(seen, [[100, 90, 180, 170], [80, 70, 200, 190]])


def test_boxes_of_people_hold_their_keypoints(opened):
    (poses,) = opened()([wide(row(3))])
    boxes = body_boxes(poses)
    assert (boxes[:, None, :2] <= poses.keypoints[:, :, :2]).all()
    assert (boxes[:, None, 2:] >= poses.keypoints[:, :, :2]).all()


def test_the_surest_boxes_go_first_where_there_are_too_many(opened):
    people = row(4)
    around = np.array([[*truth.min(axis=0) - 8, *truth.max(axis=0) + 8] for truth in people])
    pipeline = opened(max_people=2)
    (poses,) = pipeline([wide(people)], detections=[box_poses(around, np.array([0.3, 0.9, 0.5, 0.8]))])
    assert_found(poses, [people[1], people[3]])


def test_the_least_certain_people_are_corrected_first(opened):
    """Half hidden: less certain than those of whom all is seen."""
    people = row(3)
    people[1][[2, 4]] = np.nan
    pipeline = opened("bottom_up", max_people=1)
    (plain,) = PosePipeline.open(pipeline.model.path, "onnxruntime")([wide(people)])
    (poses,) = pipeline([wide(people)])
    changed = [one for one in poses.keypoints if not (plain.keypoints == one)[plain.found].any()]
    unsure = np.abs(plain.scores - 0.5).argmin()
    middle = np.nanmean(plain.keypoints[unsure, :, :2], axis=0)
    assert len(changed) == 1
    assert np.abs(np.nanmean(changed[0][:, :2], axis=0) - middle).max() < 15


def test_a_second_look_is_closer_where_a_box_is_too_large(opened):
    (truth,) = row(1)
    middle = (truth.min(axis=0) + truth.max(axis=0)) / 2
    box = box_poses(np.array([[*middle - 1.3 * SIZE, *middle + 1.3 * SIZE]]), np.ones(1))
    people = [
        opened(given_boxes=True, second_look=second)([wide([truth])], detections=[box])[0] for second in (False, True)
    ]
    off_once, off_twice = (np.abs(poses.keypoints[0, :, :2] - truth).mean() for poses in people)
    assert off_twice < off_once


def test_a_second_look_counts_in_the_times_and_finds_nobody_where_nobody_is(opened):
    pipeline = opened(given_boxes=True, second_look=True)
    box = box_poses(np.array([[50.0, 50.0, 120.0, 140.0]]), np.ones(1))
    (nobody,) = pipeline([wide([])], detections=[box])
    assert not nobody.found.any()
    looks = []
    run = pipeline.finder.person.backend.run
    pipeline.finder.person.backend.run = lambda count: looks.append(count) or run(count)
    pipeline([wide(row(1))], detections=[box])
    assert looks == [1, 1]
