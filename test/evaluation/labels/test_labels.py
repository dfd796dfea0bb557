"""Found people out as labels and back as truth, through the files that tools write."""

import copy
import json
import re
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from walkers import PERIOD, TOPOLOGY, found, truth

from trt_pose_ros.cli.main import main
from trt_pose_ros.evaluation import results
from trt_pose_ros.evaluation.ground_truth import GroundTruth
from trt_pose_ros.evaluation.labels.coco import export_labels, import_labels
from trt_pose_ros.evaluation.labels.label_studio import from_tasks, label_config, to_tasks
from trt_pose_ros.evaluation.results import load_results

SIZE = 64, 48
COUNT = 12


@pytest.fixture(scope="module")
def replayed(tmp_path_factory):
    """A file of results of two topics; the images of one are all those of a bag named walk."""
    file = tmp_path_factory.mktemp("replay") / results.FILE
    header = results.header({"name": "m"}, TOPOLOGY, {}, ["walk"])
    with file.open("wb") as out:
        out.write(results.line(header))
        for i, poses in enumerate(found(truth(COUNT))):
            topic = ("/front/image", "/left/image")[i % 2]
            image = results.Image("walk", topic, topic.split("/")[1], i // 2, 10**9 + i * PERIOD, *SIZE)
            out.write(results.line(results.entry(image, poses)))
    return load_results(file)


@pytest.fixture
def exported(replayed):
    return export_labels(replayed)


def people(coco):
    """[(image id, keypoints, track)] of a COCO JSON."""
    return [(a["image_id"], a["keypoints"], a.get("track_id")) for a in coco["annotations"]]


def test_the_export_holds_what_was_found(replayed, exported):
    assert [image["id"] for image in exported["images"]] == list(range(1, COUNT + 1))
    assert exported["images"][3] == {
        "id": 4,
        "file_name": "walk.left.image_000001.png",
        "width": SIZE[0],
        "height": SIZE[1],
        "bag": "walk",
        "topic": "/left/image",
        "camera": "left",
        "index": 1,
        "stamp": 10**9 + 3 * PERIOD,
    }
    assert len({image["file_name"] for image in exported["images"]}) == COUNT
    (category,) = exported["categories"]
    assert category["keypoints"] == list(TOPOLOGY.keypoints)
    assert min(min(link) for link in category["skeleton"]) == 1  # COCO counts from one
    annotations = iter(exported["annotations"])
    for number, (_, poses) in enumerate(replayed, 1):
        for person, track in zip(poses.keypoints, poses.track_ids, strict=True):
            annotation = next(annotations)
            labelled = person[:, 2] > 0
            given = np.reshape(annotation["keypoints"], (-1, 3))
            assert annotation["image_id"] == number
            assert annotation["track_id"] == annotation["attributes"]["track_id"] == track
            assert annotation["num_keypoints"] == labelled.sum()
            np.testing.assert_array_equal(given[:, 2], 2 * labelled)
            np.testing.assert_allclose(given[labelled, :2], person[labelled, :2], atol=1e-3)
            assert (given[~labelled] == 0).all()
            assert annotation["iscrowd"] == 0  # CVAT reads no annotation without these two
            assert annotation["segmentation"] == []
    assert next(annotations, None) is None


def test_every_third_image_and_the_sure_people_only(replayed):
    few = export_labels(replayed, every=3, min_score=0.5)
    assert {(image["topic"], image["index"]) for image in few["images"]} == {
        (topic, index) for topic in ("/front/image", "/left/image") for index in (0, 3)
    }
    assert all(annotation["score"] >= 0.5 for annotation in few["annotations"])
    assert few["annotations"]


def test_untouched_labels_come_back_as_they_were(exported):
    back, notes = import_labels(copy.deepcopy(exported), "x.json", exported)
    assert notes == []
    assert people(back) == people(exported)
    assert back["images"] == exported["images"]


def as_of_cvat(exported):
    """The export as CVAT gives it back: numbered anew, in folders, with its own fields, keypoints in another order."""
    order = [*range(1, len(TOPOLOGY.keypoints)), 0]
    (category,) = exported["categories"]
    return {
        "licenses": [{"id": 0, "name": "", "url": ""}],
        "info": {"description": ""},
        "categories": [
            {"id": 3, "name": "person", "supercategory": "", "skeleton": []}
            | {"keypoints": [category["keypoints"][i] for i in order]}
        ],
        "images": [
            {key: image[key] for key in ("width", "height")}
            | {"id": 100 - image["id"], "file_name": f"default/{image['file_name']}", "license": 0, "coco_url": ""}
            for image in exported["images"]
        ],
        "annotations": [
            {key: a[key] for key in ("segmentation", "iscrowd", "num_keypoints", "area")}
            | {"id": 7 + a["id"], "image_id": 100 - a["image_id"], "category_id": 3, "bbox": [0, 0, 1, 1]}
            | {"keypoints": np.reshape(a["keypoints"], (-1, 3))[order].ravel().tolist()}
            | {"attributes": {"occluded": False, "keyframe": True} | a["attributes"]}
            for a in exported["annotations"]
        ],
    }


def test_what_cvat_makes_of_it_is_understood(exported, tmp_path):
    corrected = as_of_cvat(exported)
    moved = corrected["annotations"][0]["keypoints"]
    visible = moved[2::3].index(2)
    moved[3 * visible : 3 * visible + 3] = 1.5, 2.5, 1
    name = corrected["categories"][0]["keypoints"][visible]
    back, notes = import_labels(corrected, "x.json", exported)
    assert notes == []
    at = 3 * TOPOLOGY.keypoints.index(name)
    assert back["annotations"][0]["keypoints"][at : at + 3] == [1.5, 2.5, 1]
    assert people(back)[1:] == people(exported)[1:]
    assert [a["bbox"] for a in back["annotations"][1:]] == [a["bbox"] for a in exported["annotations"][1:]]
    assert back["images"] == exported["images"]  # with the places that CVAT has dropped


def test_images_that_come_back_no_more_and_people_without_identity_are_told(exported):
    corrected = as_of_cvat(exported)
    gone = corrected["images"].pop()["id"]
    corrected["annotations"] = [a for a in corrected["annotations"] if a["image_id"] != gone]
    del corrected["annotations"][0]["attributes"]["track_id"]
    back, notes = import_labels(corrected, "x.json", exported)
    assert len(back["images"]) == COUNT - 1
    assert any("1 of 12 exported images are not among the corrected ones" in note for note in notes)
    assert any(re.match(r"1 of \d+ people have no track id", note) for note in notes)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda c: c["images"][0].update(file_name="other.png"), "image other.png is not of the export"),
        (lambda c: c["images"][0].update(width=1), "has 1x48 pixels, it was exported with 64x48"),
        (lambda c: c["categories"][0]["keypoints"].__setitem__(0, "tail"), "not those of the export, they differ in"),
        (lambda c: c["annotations"][0]["keypoints"].pop(), "50 keypoint numbers"),
    ],
)
def test_what_does_not_fit_is_named(exported, change, sentence):
    corrected = as_of_cvat(exported)
    change(corrected)
    with pytest.raises(ValueError, match=sentence):
        import_labels(corrected, "x.json", exported)


def as_of_label_studio(tasks):
    """Tasks as Label Studio exports them once somebody has submitted their predictions."""
    done = {"was_cancelled": False, "updated_at": "2026-01-01T00:00:00Z"}
    return [
        {"data": task["data"], "annotations": [done | copy.deepcopy({"result": task["predictions"][0]["result"]})]}
        for task in tasks
    ]


def test_label_studio_and_back(exported):
    tasks = as_of_label_studio(json.loads(json.dumps(to_tasks(exported, "/data/local-files/?d="))))
    coco, notes = from_tasks(tasks, "x.json", exported)
    assert notes == []
    back, _ = import_labels(coco, "x.json", exported)
    assert [(a["image_id"], a["track_id"]) for a in back["annotations"]] == [
        (a["image_id"], a["track_id"]) for a in exported["annotations"]
    ]
    np.testing.assert_allclose([p[1] for p in people(back)], [p[1] for p in people(exported)], atol=2e-3)


def test_label_studio_has_a_label_for_each_keypoint(exported):
    labels = ElementTree.fromstring(label_config(exported)).findall("KeyPointLabels/Label")
    assert [label.get("value") for label in labels] == list(TOPOLOGY.keypoints)


def test_tasks_that_nobody_has_done_are_left_out(exported):
    tasks = as_of_label_studio(to_tasks(exported, ""))
    tasks[0]["annotations"] = []
    tasks[1]["annotations"][0]["was_cancelled"] = True
    coco, notes = from_tasks(tasks, "x.json", exported)
    assert len(coco["images"]) == COUNT - 2
    assert notes == ["2 of 12 tasks have no annotation yet, and are left out"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda r: r[1].pop("parentID"), "task 1: a keypoint .* belongs to nobody: drag it below a person"),
        (lambda r: r.append(copy.deepcopy(r[1])), "task 1: a person has two keypoints"),
        (lambda r: r[1]["value"].update(keypointlabels=["tail"]), "task 1: there is no keypoint 'tail'"),
        (lambda r: r[1]["value"].pop("x"), "task 1 is none of an export of Label Studio: KeyError"),
    ],
)
def test_what_is_wrong_with_a_task_is_named(exported, change, sentence):
    tasks = as_of_label_studio(to_tasks(exported, ""))
    change(tasks[0]["annotations"][0]["result"])
    with pytest.raises(ValueError, match=sentence):
        from_tasks(tasks, "x.json", exported)


def places(value, path=()):
    """Where something may be changed in a JSON value."""
    yield path
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(item, (*path, key))


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
@pytest.mark.parametrize("kind", ["coco", "tasks"])
def test_whatever_is_wrong_with_corrected_labels_is_one_sentence(exported, kind, data):
    few = {key: entries[:2] for key, entries in exported.items()} | {"annotations": exported["annotations"][:1]}
    made = as_of_cvat(few) if kind == "coco" else as_of_label_studio(to_tasks(few, ""))
    # not the third of many alike
    path = data.draw(st.sampled_from([p for p in places(made) if p and all(k in (0, 1) for k in p if type(k) is int)]))
    at = made
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = data.draw(ANYTHING)
    said = "x.json"
    try:
        coco = made if kind == "coco" else from_tasks(made, "x.json", exported)[0]
        json.dumps(import_labels(coco, "x.json", exported)[0], allow_nan=False)
    except ValueError as error:
        said = str(error)
    assert said.startswith("x.json")


def run(*words):
    return main(["labels", *map(str, words)])


def write_bag(path):
    """The bag that was replayed, as far as images go: each of one colour, that of its place."""
    from trt_pose_ros.bags.images import Camera, write_image
    from trt_pose_ros.bags.writer import BagWriter

    with BagWriter(path) as bag:
        for i in range(COUNT):
            topic = ("/front/image", "/left/image")[i % 2]
            write_image(bag, Camera(topic), np.full((SIZE[1], SIZE[0], 3), 10 * i, np.uint8), 10**9 + i * PERIOD)
    return path


def test_the_command_writes_labels_and_images_and_reads_them_back(replayed, tmp_path, capsys):
    pytest.importorskip("rosbags", reason="bags need the extra [replay]")
    bag = write_bag(tmp_path / "renamed")
    coco, images = tmp_path / "labels" / "coco.json", tmp_path / "images"
    tasks = tmp_path / "tasks.json"
    words = ["--min-score", 0, "--output", coco, "--images", images, "--bags", bag, "--label-studio", tasks]
    assert run("export", replayed.path, *words) == 0
    assert " people in 12 images: " in capsys.readouterr().out
    for i, image in enumerate(json.loads(coco.read_text())["images"]):
        assert (cv2.imread(str(images / image["file_name"])) == 10 * i).all()
    assert tasks.with_suffix(".xml").exists()
    assert run("import", coco, "--exported", coco, "--output", tmp_path / "truth.json") == 0
    # it is truth for evaluate, whose images are there
    pytest.importorskip("pycocotools", reason="AP is pycocotools'")
    assert GroundTruth(tmp_path / "truth.json", images).topology.keypoints == TOPOLOGY.keypoints


def test_images_of_another_bag_are_refused(replayed, tmp_path, capsys):
    pytest.importorskip("rosbags", reason="bags need the extra [replay]")
    from trt_pose_ros.bags.images import Camera, write_image
    from trt_pose_ros.bags.writer import BagWriter

    with BagWriter(tmp_path / "short") as bag:
        write_image(bag, Camera("/front/image"), np.zeros((SIZE[1], SIZE[0], 3), np.uint8), 5)
    words = ["--output", tmp_path / "coco.json", "--images", tmp_path / "images", "--bags", tmp_path / "short"]
    assert run("export", replayed.path, *words) == 2
    assert "11 replayed images are not in" in capsys.readouterr().err
    assert not (tmp_path / "coco.json").exists()


def test_wrong_words(replayed, tmp_path, capsys):
    assert run("export", replayed.path, "--output", tmp_path / "coco.json", "--images", tmp_path) == 2
    assert "--images and --bags go together" in capsys.readouterr().err
    (tmp_path / "a.json").write_text("{}")
    assert run("import", tmp_path / "a.json", "--exported", tmp_path / "a.json", "--output", tmp_path / "b.json") == 2
    assert "it is not a COCO keypoint file" in capsys.readouterr().err
    (tmp_path / "a.json").write_text("{")
    assert run("import", tmp_path / "a.json", "--exported", tmp_path / "a.json", "--output", tmp_path / "b.json") == 2
    assert "is not JSON" in capsys.readouterr().err
