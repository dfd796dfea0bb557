"""Real cameras: the samples of Shelf, Campus and CMU Panoptic in mmpose's tests/data."""

import multiview_data as data
import numpy as np
import pytest

from trt_pose_ros.spatial.views import Fusing

pytestmark = pytest.mark.skipif(not data.FOLDER.exists(), reason="TRT_POSE_MULTIVIEW does not name mmpose's tests/data")


def test_shelf_by_its_real_keypoints():
    shelf = data.actors("shelf")
    fusing = Fusing(data.COCO, "world")
    for frame, found in enumerate(shelf.frames):
        people = fusing(data.seen(shelf.views, found, stamp=frame / 25), frame / 25)
    assert len(people) == 4
    assert sorted(people.track_ids) == [0, 1, 2, 3]
    # seen again in every camera
    for camera, view in shelf.views.items():
        pixels = view.project(people.positions)
        for person in shelf.frames[-1][camera]:
            off = np.nanmedian(np.linalg.norm(pixels - person[:, :2], axis=2), axis=1).min()
            size = np.linalg.norm(np.ptp(person[:, :2], axis=0))
            assert off < 0.1 * size or off > 0.2 * size  # the latter: somebody whom only this camera sees


# in Campus's frames the actor stands at the edge of two of the three images: many joints are seen by two cameras only
@pytest.mark.parametrize(("name", "least"), [("shelf", 0.95), ("campus", 0.7)])
def test_pcp3d_of_true_joints_with_noise(name, least):
    sample, random = data.actors(name), np.random.default_rng(0)
    right = limbs = 0
    for _ in range(4):
        people = []
        for truth in sample.truth:
            found = data.projected(sample.views, np.array(list(truth.values())), random, data.ACTOR, 0.5, 0.02)
            people.append(Fusing(data.ACTOR, "w", min_hits=1)(data.seen(sample.views, found, data.ACTOR), 0).positions)
        counts = data.pcp3d(sample, people.__getitem__)
        right, limbs = right + sum(r for r, _ in counts.values()), limbs + sum(n for _, n in counts.values())
    assert right / limbs > least


@pytest.mark.parametrize(("count", "millimetres"), [(2, 60), (3, 45), (5, 35)])
def test_panoptic(count, millimetres):
    views, frames = data.panoptic()
    used = dict(list(views.items())[: 3 * count : 3])
    errors = []
    for seed, bodies in enumerate(frames * 5):
        found = data.projected(used, bodies, np.random.default_rng(seed), noise=0.5, wild=0.02)
        people = Fusing(data.COCO, "world", min_hits=1)(data.seen(used, found), 0.0)
        assert len(people) == len(bodies)
        errors += data.errors(people.positions, bodies)
    assert 1000 * np.mean(errors) < millimetres
