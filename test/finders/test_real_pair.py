"""RTMDet-nano and PP-TinyPose on labelled pictures, where the data for development are there."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("openvino", reason="PP-TinyPose is an OpenVINO network")

from trt_pose_ros import PosePipeline, Topology
from trt_pose_ros.tracking.oks import oks

DATA = Path(__file__).parents[3] / "shared" / "data"
DETECTOR = DATA / "models" / "rtmdet-nano-person" / "rtmdet-nano-person.onnx"
PERSON = DATA / "models" / "pp-tinypose-256x192" / "pp-tinypose-256x192.xml"
LABELS = DATA / "coco" / "dev" / "person_keypoints.json"
COCO = Topology.load("coco_17")

pytestmark = pytest.mark.skipif(
    not (DETECTOR.exists() and PERSON.exists() and LABELS.exists()), reason="../shared/data is not there"
)


@pytest.fixture(scope="module")
def pipeline():
    return PosePipeline.open(DETECTOR, "openvino", person=PERSON, threads=1)


@pytest.fixture(scope="module")
def pictures():
    """Three pictures with one large person each: (image, keypoints [17, 3] as labelled, area)."""
    data = json.loads(LABELS.read_text())
    names = {image["id"]: image["file_name"] for image in data["images"]}
    by_image = {}
    for annotation in data["annotations"]:
        by_image.setdefault(annotation["image_id"], []).append(annotation)
    alone = [
        people[0]
        for people in by_image.values()
        if len(people) == 1 and people[0]["num_keypoints"] >= 14 and people[0]["bbox"][3] > 250
    ]
    folder = LABELS.parent / "images"
    return [
        (cv2.imread(str(folder / names[a["image_id"]])), np.reshape(a["keypoints"], (17, 3)), a["area"])
        for a in alone[:3]
    ]


def test_people_are_where_they_are_labelled(pipeline, pictures):
    for image, label, area in pictures:
        (poses,) = pipeline([image])
        truth = np.where(label[:, 2:] > 0, label[:, :2], np.nan).astype(float)
        variances = area * np.square(2 * np.asarray(COCO.sigmas))[None]
        similarity = oks(truth[None], poses.keypoints[:, :, :2].astype(float), variances)[0]
        assert similarity.max() > 0.8
        assert poses.scores[similarity.argmax()] > 0.8


def test_pictures_of_different_sizes_in_one_batch(pipeline, pictures):
    images = [image for image, _, _ in pictures]
    images.append(np.zeros((50, 70, 3), np.uint8))
    together = pipeline(images)
    for poses, image in zip(together, images, strict=True):
        (alone,) = pipeline([image])
        sure = alone.scores > 0.5
        assert (poses.scores > 0.5).sum() == sure.sum()
        np.testing.assert_allclose(poses.keypoints[: sure.sum()], alone.keypoints[sure], atol=0.5)
    assert not (together[-1].scores > 0.5).any()
