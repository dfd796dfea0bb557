"""Labelled clips: folders and tables of what was recorded, and what is wrong with them."""

import json

import numpy as np
import pytest
from events.states.people_in_states import TOPOLOGY, body

from trt_pose_ros.evaluation.labelled_clips import clips_of_folders, clips_of_table
from trt_pose_ros.evaluation.results import Image, entry, header, line
from trt_pose_ros.media.coco import results
from trt_pose_ros.poses import Poses


def poses(states, ids, phase=0.0):
    keypoints = np.array([body(state, phase) for state in states])
    keypoints[..., :2] += 100
    return Poses(TOPOLOGY, keypoints, np.ones(len(states)), np.array(ids))


def write_json(path, states, ids, seconds=2.0, rate=5.0):
    """A keypoints.json as ``trt-pose run`` leaves it of a video."""
    path.parent.mkdir(parents=True, exist_ok=True)
    entries = []
    for i in range(round(seconds * rate)):
        entries += results(poses(states, ids, i), i, file_name="x.mp4", frame=i, time=i / rate)
    path.write_text(json.dumps(entries))


def write_replay(folder, state, stamp=1_700_000_000):
    """What ``trt-pose replay`` leaves of two cameras."""
    folder.mkdir(parents=True)
    content = line(header({}, TOPOLOGY, {}, ["drive"]))
    for i in range(10):
        for camera in ("left", "right"):
            image = Image("drive", f"/{camera}/image", camera, i, (stamp + i) * 10**9, 640, 480)
            content += line(entry(image, poses([state], [7])))
    (folder / "results.jsonl").write_bytes(content)


def no_pipeline():
    raise AssertionError("there is nothing to look for people in")


def test_folders_of_states(tmp_path):
    write_json(tmp_path / "sitting" / "anna.json", ["sitting"], [3])
    write_json(tmp_path / "sitting" / "ben" / "one.json", ["sitting", "sitting"], [3, 4])
    write_json(tmp_path / "standing" / "anna" / "keypoints.json", ["standing"], [0])
    (tmp_path / "standing" / "anna" / "annotated.mp4").write_bytes(b"not to be looked at")
    write_replay(tmp_path / "standing" / "drive", "standing")
    found = clips_of_folders(tmp_path, no_pipeline)
    assert [(c.name, c.person, c.label, len(c.stamps)) for c in found.clips] == [
        ("sitting/anna.json", "anna", "sitting", 10),
        ("sitting/ben/one.json", "ben", "sitting", 10),
        ("sitting/ben/one.json", "ben", "sitting", 10),
        ("standing/anna", "anna", "standing", 10),
        ("standing/drive", "drive", "standing", 10),
        ("standing/drive", "drive", "standing", 10),
    ]
    assert found.topology.name == "coco_17"
    np.testing.assert_allclose(found.clips[0].stamps, np.arange(10) / 5)
    np.testing.assert_allclose(found.clips[-1].stamps, np.arange(10.0))  # seconds from its beginning
    np.testing.assert_allclose(found.clips[0].keypoints[0, :, :2], body("sitting")[:, :2] + 100, atol=1e-3)


def test_pictures_have_no_time(tmp_path):
    for state in ("sitting", "standing"):
        folder = tmp_path / state
        folder.mkdir()
        entries = [e for i in range(3) for e in results(poses([state], [-1]), i, file_name=f"{i}.jpg")]
        (folder / "all.json").write_text(json.dumps(entries))
    found = clips_of_folders(tmp_path, no_pipeline)
    assert [len(c.stamps) for c in found.clips] == [3, 3]
    assert np.isnan(found.clips[0].stamps).all()


def test_pictures_are_looked_at(tmp_path):
    import cv2

    looked = []

    def pipeline():
        def found(images):
            looked.append(images[0].shape)
            return [poses(["sitting"], [-1])]

        return found

    for state in ("sitting", "standing"):
        (tmp_path / state / "anna").mkdir(parents=True)
        cv2.imwrite(str(tmp_path / state / "anna" / "a.png"), np.zeros((20, 30, 3), np.uint8))
    found = clips_of_folders(tmp_path, pipeline)
    assert looked == [(20, 30, 3)] * 2
    assert [(c.person, c.label) for c in found.clips] == [("anna", "sitting"), ("anna", "standing")]


def test_people_without_identity_are_told(tmp_path):
    write_json(tmp_path / "a" / "x.json", ["sitting", "sitting"], [1, -1])
    write_json(tmp_path / "b" / "x.json", ["standing"], [1])
    found = clips_of_folders(tmp_path, no_pipeline)
    assert len(found.clips) == 2
    assert "10 people in videos have no identity" in found.notes[0]


def table(tmp_path, text):
    write_json(tmp_path / "v.json", ["sitting", "standing"], [3, 4])
    write_replay(tmp_path / "drive", "standing") if not (tmp_path / "drive").exists() else None
    path = tmp_path / "table.csv"
    path.write_text(text)
    return path


def test_a_table_of_intervals(tmp_path):
    path = table(
        tmp_path,
        "file,camera,track_id,from,to,label,person\n"
        "v.json,,3,0.5,1.0,sitting,anna\n"
        "v.json,,4,,,standing,\n"
        "drive,left,7,2,5,standing,ben\n"
        "drive,,,,1,standing,\n",
    )
    found = clips_of_table(path, no_pipeline)
    assert [(c.name, c.person, c.label, c.stamps.tolist()[:2], len(c.stamps)) for c in found.clips] == [
        ("v.json", "anna", "sitting", [0.6, 0.8], 3),
        ("v.json", "v.json", "standing", [0.0, 0.2], 10),
        ("drive", "ben", "standing", [2.0, 3.0], 4),
        ("drive", "drive", "standing", [0.0, 1.0], 2),
        ("drive", "drive", "standing", [0.0, 1.0], 2),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "columns are none"),
        ("file,label,colour\nv.json,a,red\n", "colour"),
        ("label,person\na,b\n", "must be file, label"),
        ("file,label\nv.json\n", "line 2: file and label must be given"),
        ("file,label\nv.json,a,b\n", "columns are"),
        ("file,label,from,to\nv.json,a,3,2\n", "line 2: from 3 to 2 is no interval"),
        ("file,label,from\nv.json,a,soon\n", "line 2: from is 'soon', must be a number"),
        ("file,label,from\nv.json,a,nan\n", "from is 'nan'"),
        ("file,label,track_id\nv.json,a,9\n", "line 2: v.json shows nobody.*camera 3, camera 4"),
        ("file,label,track_id\nv.json,a,inf\n", "shows nobody"),
        ("file,label,camera\ndrive,a,rear\n", "left 7, right 7"),
    ],
)
def test_what_is_wrong_with_a_table_is_told(tmp_path, text, told):
    with pytest.raises(ValueError, match=told):
        clips_of_table(table(tmp_path, text), no_pipeline)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"gone\.json"):
        clips_of_table(table(tmp_path, "file,label\ngone.json,a\n"), no_pipeline)


@pytest.mark.parametrize(
    "content",
    ["", "{}", "[1]", '[{"image_id": 1, "keypoints": [1, 2, 3], "score": 1}]', '[{"image_id": 1}]', "[" * 10**5,
     '[{"image_id": 1, "keypoints": "abc", "score": 1}]'],
)  # fmt: skip
def test_a_file_that_is_none_is_named(tmp_path, content):
    (tmp_path / "x.json").write_text(content)
    (tmp_path / "t.csv").write_text("file,label\nx.json,a\n")
    with pytest.raises(ValueError, match=r"line 2: .*x\.json is no keypoints\.json"):
        clips_of_table(tmp_path / "t.csv", no_pipeline)


def test_a_folder_without_states_is_refused(tmp_path):
    (tmp_path / "only").mkdir()
    with pytest.raises(ValueError, match="two or more states, it holds 1"):
        clips_of_folders(tmp_path, no_pipeline)
    (tmp_path / "other").mkdir()
    with pytest.raises(ValueError, match="holds no clips"):
        clips_of_folders(tmp_path, no_pipeline)
