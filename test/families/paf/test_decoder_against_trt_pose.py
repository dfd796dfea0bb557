"""Where our decoder and trt_pose's parser differ on scenes of known truth, and that ours is never the worse."""

import numpy as np
import pytest
from oracles.scenes import crowd, figure, match, render

from trt_pose_ros import PoseDecoder, Topology

pytest.importorskip("scipy", reason="the trt_pose oracle matches with scipy")
from oracles.trt_pose_parser import parse

HUMAN = Topology.load("human_pose")
SIZE = (56, 56)


def test_both_agree_on_people_apart():
    random = np.random.default_rng(0)
    truth = [figure(HUMAN, random, 24, x, 12, arms=False) for x in (10, 28, 46)]
    cmap, paf = render(HUMAN, truth, SIZE)
    theirs = parse(HUMAN, cmap[0], paf[0])
    (ours,) = PoseDecoder(HUMAN)(cmap, paf)
    assert len(ours) == len(theirs) == 3
    for person in theirs:
        distances = np.linalg.norm(ours.keypoints[:, :, :2] - person[None, :, :2], axis=2).max(axis=1)
        assert distances.min() < 0.7


def test_a_shared_neck_merges_theirs_and_not_ours():
    random = np.random.default_rng(0)
    truth = [figure(HUMAN, random, 26, x, 12, arms=False) for x in (22, 30)]
    neck = HUMAN.index("neck")
    truth[0][neck] = truth[1][neck] = (truth[0][neck] + truth[1][neck]) / 2
    cmap, paf = render(HUMAN, truth, SIZE)
    assert len(parse(HUMAN, cmap[0], paf[0])) == 1
    assert len(PoseDecoder(HUMAN)(cmap, paf)[0]) == 2


def test_noise_makes_ghosts_of_theirs_and_none_of_ours():
    random = np.random.default_rng(0)
    cmap, paf = render(HUMAN, crowd(HUMAN, random, 1, SIZE), SIZE, noise=0.03, random=random)
    assert len(parse(HUMAN, cmap[0], paf[0])) > 5
    assert len(PoseDecoder(HUMAN)(cmap, paf)[0]) == 1


@pytest.mark.parametrize("noise", [0.0, 0.03])
@pytest.mark.parametrize("people", [1, 3, 10, 30])
def test_in_crowds_ours_finds_at_least_as_many_people_and_joints(people, noise):
    ours, theirs = [], []
    for seed in range(3):
        random = np.random.default_rng(seed)
        truth = crowd(HUMAN, random, people, SIZE)
        cmap, paf = render(HUMAN, truth, SIZE, noise=noise, random=random)
        ours.append(list(match(PoseDecoder(HUMAN)(cmap, paf)[0].keypoints, truth, tolerance=1.5).values()))
        theirs.append(list(match(parse(HUMAN, cmap[0], paf[0]), truth, tolerance=1.5).values()))
    person_precision, person_recall, _, joint_recall = np.mean(ours, axis=0)
    assert person_precision >= np.mean(theirs, axis=0)[0]
    assert person_recall >= max(np.mean(theirs, axis=0)[1], 0.8)
    assert joint_recall >= np.mean(theirs, axis=0)[3]
