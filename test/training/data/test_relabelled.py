"""A COCO keypoint file with another topology's keypoints."""

import json

import pytest

pytest.importorskip("pycocotools", reason="training's data need pycocotools: pip install '.[train]'")

from trt_pose_ros import Topology
from trt_pose_training.data.subset import main, relabelled

CATEGORY = {
    "id": 3,
    "name": "driver",
    "keypoints": ["left_shoulder", "right_shoulder", "left_hip", "right_hip", "knee"],
    "skeleton": [[1, 2]],
}
CABIN = Topology.from_category(
    {"name": "cabin", "keypoints": ["mid_hip", "right_shoulder", "hat"], "skeleton": [[1, 2]]}
)


def person(number, image, *points, area=100.0):
    values = [v for point in points for v in point]
    labelled = sum(v > 0 for v in values[2::3])
    return {
        "id": number,
        "image_id": image,
        "category_id": 3,
        "keypoints": values,
        "num_keypoints": labelled,
        "bbox": [0, 0, 10, 10],
        "area": area,
    }


GONE = (0, 0, 0)
DATA = {
    "images": [{"id": i, "file_name": f"{i}.jpg", "width": 20, "height": 20} for i in (4, 2, 3, 1)],
    "categories": [CATEGORY],
    "annotations": [
        person(1, 1, (1, 2, 2), (3, 4, 2), (10, 20, 2), (14, 22, 1), GONE),
        person(2, 2, (1, 2, 2), (3, 4, 2), (10, 20, 2), GONE, (5, 5, 2)),
        person(3, 2, GONE, GONE, GONE, GONE, (5, 5, 2)),
        person(4, 4, (1, 2, 2), GONE, GONE, GONE, GONE, area=8.0),
    ],
}


def test_another_topology_takes_keypoints_by_name_and_derives_midpoints():
    small = relabelled(DATA, CABIN)
    assert [a["keypoints"] for a in small["annotations"]] == [
        [12, 21, 1, 3, 4, 2, 0, 0, 0],
        [0, 0, 0, 3, 4, 2, 0, 0, 0],
        [0] * 9,
        [0] * 9,
    ]
    assert [a["num_keypoints"] for a in small["annotations"]] == [2, 1, 0, 0]
    assert Topology.from_category(small["categories"][0]).keypoints == CABIN.keypoints
    assert [(c["id"], c["name"]) for c in small["categories"]] == [(3, "driver")]
    assert len(DATA["annotations"][0]["keypoints"]) == 15  # what was given is as it was


def test_the_command_writes_what_it_says(tmp_path, capsys):
    (tmp_path / "all.json").write_text(json.dumps(DATA))
    (tmp_path / "cabin.json").write_text(json.dumps(CABIN.to_category()))
    output = tmp_path / "new" / "small.json"
    topology = ["--topology", str(tmp_path / "cabin.json"), "--min-keypoints", "2"]
    assert main([str(tmp_path / "all.json"), *topology, "--count", "1", "--output", str(output)]) == 0
    assert [a["id"] for a in json.loads(output.read_text())["annotations"]] == [1]
    assert "1 images of 1 people" in capsys.readouterr().out
