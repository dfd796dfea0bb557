"""Labels by a teacher: kept where it says the same of the mirror image, and boxes as COCO has them."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs PyTorch: pip install '.[train]'")

from trt_pose_ros.poses import Poses  # noqa: E402
from trt_pose_ros.topology import Topology  # noqa: E402
from trt_pose_training.data.coco import KeypointData  # noqa: E402
from trt_pose_training.distill.labels import EVERYBODY, Labeller, to_coco  # noqa: E402

TOPOLOGY = Topology.load("coco_17")
BOX = Topology.load("person_box")
WIDTH, HEIGHT = 200, 160


def truth():
    """float [17, 3], inside the box 50, 20, 110, 140."""
    points = np.random.default_rng(0).uniform((60, 30), (100, 130), (17, 2))
    return np.column_stack([points, np.full(17, 0.9)])


def network(family, topology, answer):
    manifest = SimpleNamespace(family=family, topology=topology)
    model = SimpleNamespace(manifest=manifest, path=f"{family}.onnx")

    class Stub:
        input_size = (256, 192)

        def __call__(self, items):
            return answer(items)

    stub = Stub()
    stub.model = model
    return stub


def detector(boxes=((50, 20, 110, 140),), scores=(0.9,)):
    corners = np.array([[(*b[:2], 1), (*b[2:], 1)] for b in boxes], np.float32)
    return network("boxes", BOX, lambda images: [Poses(BOX, corners, np.float32(scores))] * len(images))


def teacher(points, spoilt=None):
    """Sees ``points`` [17, 3] wherever they are; keypoint ``spoilt`` 15 pixels to the right in every image."""

    def answer(regions):
        found = []
        for i, region in enumerate(regions):
            seen = points.copy()
            if i >= len(regions) // 2:  # the mirror images come last
                seen = seen[list(TOPOLOGY.swap)]
                seen[:, 0] = WIDTH - 1 - seen[:, 0]
            if spoilt is not None:
                seen[spoilt, 0] += 15
            assert region.image.shape == (HEIGHT, WIDTH, 3)
            found.append(Poses(TOPOLOGY, seen[None].astype(np.float32), np.float32([0.9])))
        return found

    return network("heatmap", TOPOLOGY, answer)


IMAGE = np.zeros((HEIGHT, WIDTH, 3), np.uint8)


def test_what_both_images_show_is_kept_where_it_is():
    boxes, keypoints = Labeller(detector(), teacher(truth()))(IMAGE)
    np.testing.assert_allclose(boxes, [[50, 20, 110, 140]])
    np.testing.assert_allclose(keypoints[0, :, :2], truth()[:, :2], atol=1e-4)
    assert (keypoints[0, :, 2] == 2).all()


def test_what_the_mirror_image_shows_elsewhere_is_left_out():
    nose = TOPOLOGY.index("nose")
    _, keypoints = Labeller(detector(), teacher(truth(), spoilt=nose))(IMAGE)
    assert keypoints[0, nose].tolist() == [0, 0, 0]
    assert (np.delete(keypoints[0, :, 2], nose) == 2).all()


def test_doubtful_keypoints_and_people_are_left_out():
    points = truth()
    points[:13, 2] = 0.2
    boxes, keypoints = Labeller(detector(), teacher(points))(IMAGE)
    assert boxes.shape == (0, 4)
    assert keypoints.shape == (0, 17, 3)
    boxes, _ = Labeller(detector(scores=(0.4,)), teacher(truth()))(IMAGE)
    assert not len(boxes)
    boxes, _ = Labeller(detector(boxes=((50, 20, 60, 40),)), teacher(truth()))(IMAGE)
    assert not len(boxes)


def test_everybody_means_small_people_and_doubtful_ones_too():
    points = truth()
    points[:, 2] = 0.25
    far = detector([(50, 20, 70, 60)], [0.35])
    for options, people in (({}, 0), (EVERYBODY, 1)):
        boxes, keypoints = Labeller(far, teacher(points), **options)(IMAGE)
        assert (len(boxes), (keypoints[:, :, 2] > 0).sum()) == (people, 17 * people)


def test_the_surest_people_are_kept():
    detected = detector(boxes=((0, 0, 60, 80), (50, 20, 110, 140)), scores=(0.6, 0.8))
    boxes, _ = Labeller(detected, teacher(truth()), max_people=1)(IMAGE)
    np.testing.assert_allclose(boxes, [[50, 20, 110, 140]])


def test_what_is_written_is_read_again_as_it_was(tmp_path):
    boxes, keypoints = Labeller(detector(), teacher(truth()))(IMAGE)
    nobody = np.zeros((0, 4)), np.zeros((0, 17, 3))
    labels = to_coco([("empty.png", (5, 5), *nobody), ("a.png", (WIDTH, HEIGHT), boxes, keypoints)], TOPOLOGY)
    (tmp_path / "a.png").touch()
    (tmp_path / "labels.json").write_text(json.dumps(labels))
    (sample,) = KeypointData.load(tmp_path / "labels.json", tmp_path).samples
    np.testing.assert_allclose(sample.boxes, boxes, atol=0.06)
    np.testing.assert_allclose(sample.keypoints, keypoints, atol=0.06)
    assert sample.labelled.all()


def test_networks_of_another_kind_are_named():
    with pytest.raises(ValueError, match=r"heatmap\.onnx is of family 'heatmap', must be of boxes"):
        Labeller(teacher(truth()), teacher(truth()))
