import json

import pytest

from trt_pose_ros import Topology


@pytest.mark.parametrize("name", ["human_pose", "openpose_18", "coco_17"])
def test_bundled_topologies_load_and_round_trip(name):
    topology = Topology.load(name)
    assert topology.name == name
    assert Topology.from_category(topology.to_category()) == topology


@pytest.mark.parametrize("name", ["human_pose", "openpose_18", "coco_17"])
def test_swap_is_an_involution_that_exchanges_left_and_right(name):
    topology = Topology.load(name)
    for i, partner in enumerate(topology.swap):
        assert topology.swap[partner] == i
        expected = topology.keypoints[i].replace("left", "LEFT").replace("right", "left").replace("LEFT", "right")
        assert topology.keypoints[partner] == expected


def test_links_survive_mirroring_as_a_set():
    # every bundled skeleton is symmetric: the mirror image of a link is a link
    topology = Topology.load("human_pose")
    links = {frozenset(link) for link in topology.links}
    assert {frozenset(topology.swap[i] for i in link) for link in topology.links} == links


def test_coco_sigmas_are_the_published_ones():
    sigmas = dict(zip(Topology.load("coco_17").keypoints, Topology.load("coco_17").sigmas, strict=True))
    assert sigmas["nose"] == 0.026
    assert sigmas["left_hip"] == sigmas["right_hip"] == 0.107


def test_a_trt_pose_task_file_loads(tmp_path):
    file = tmp_path / "task.json"
    file.write_text(
        json.dumps(
            {"supercategory": "x", "id": 1, "name": "hand", "keypoints": ["palm", "thumb"], "skeleton": [[2, 1]]}
        )
    )
    topology = Topology.load(file)
    assert topology.keypoints == ("palm", "thumb")
    assert topology.links == ((1, 0),)
    assert topology.swap == (0, 1)


@pytest.mark.parametrize(
    ("category", "complaint"),
    [
        ({"name": "a", "keypoints": ["x"], "skeleton": [[1, 2]]}, "link"),
        ({"name": "a", "keypoints": ["x", "x"], "skeleton": []}, "twice"),
        ({"name": "a", "keypoints": [], "skeleton": []}, "1 to 255"),
        ({"name": "a", "keypoints": ["x", 3], "skeleton": []}, "not a name"),
        ({"name": "a", "keypoints": ["x"]}, "skeleton"),
        ({"name": "a", "keypoints": ["x"], "skeleton": 5}, "not a COCO"),
        ({"name": "a", "keypoints": ["x"], "skeleton": [], "sigmas": [0.0]}, "sigmas"),
        ([], "not a COCO"),
    ],
)
def test_a_wrong_category_is_refused_with_the_reason(category, complaint):
    with pytest.raises(ValueError, match=complaint):
        Topology.from_category(category)


def test_missing_and_broken_files_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="human_pose"):
        Topology.load("no_such_topology")
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    with pytest.raises(ValueError, match=r"broken\.json is not JSON"):
        Topology.load(broken)


def test_index_names_the_possibilities():
    assert Topology.load("openpose_18").index("neck") == 1
    with pytest.raises(KeyError, match="nose"):
        Topology.load("openpose_18").index("tail")
