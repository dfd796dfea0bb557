"""Other people's keypoint files become COCO keypoint JSON."""

import json

import cv2
import numpy as np
import pytest

pytest.importorskip("pycocotools", reason="pycocotools, of the extra [train], is not installed")

from trt_pose_ros.topology import Topology
from trt_pose_training.data.coco import KeypointData
from trt_pose_training.data.convert import main
from trt_pose_training.data.foreign import LSP, MPII, OPENPOSE_25


def images(folder, *names, size=(80, 60)):
    for name in names:
        cv2.imwrite(str(folder / name), np.full((size[1], size[0], 3), 90, np.uint8))


def convert(folder, kind, source):
    assert main([kind, str(folder / source), "--images", str(folder), "--output", str(folder / "coco.json")]) == 0
    return KeypointData.load(folder / "coco.json", folder)


def joints(count=2):
    """[N, 14, 2] inside an image of 80 x 60 pixels, all of them at different places."""
    return 10 + np.arange(count * 14 * 2).reshape(count, 14, 2) % 37


@pytest.fixture
def savemat():
    return pytest.importorskip("scipy.io", reason="MATLAB files are written with SciPy").savemat


@pytest.mark.parametrize("extended", [False, True])
def test_lsp(tmp_path, savemat, extended):
    images(tmp_path, "im0001.jpg", "im0002.jpg")
    flags = np.zeros((2, 14, 1)) if extended else np.ones((2, 14, 1))
    flags[0, 3] = 1 - flags[0, 3]
    data = np.dstack([joints(), flags])  # [N, 14, 3]
    savemat(tmp_path / "joints.mat", {"joints": data.transpose(1, 2, 0) if extended else data.transpose(2, 1, 0)})
    loaded = convert(tmp_path, "lsp", "joints.mat")
    assert loaded.topology.keypoints == LSP.keypoints
    left_hip = loaded.topology.index("left_hip")
    assert left_hip == 3
    one, other = loaded.samples
    if extended:  # a flag of 1: labelled; the other image has nobody
        assert one.keypoints[0, :, 2].tolist() == [2 * (i == 3) for i in range(14)]
        np.testing.assert_array_equal(one.keypoints[0, 3, :2], joints()[0, 3])
        assert len(other.keypoints) == 0
    else:  # a flag of 1: hidden
        assert one.keypoints[0, :, 2].tolist() == [1 + (i == 3) for i in range(14)]
        np.testing.assert_array_equal(one.keypoints[0, :, :2], joints()[0])
        np.testing.assert_allclose(one.areas, 0.74 * np.prod(np.ptp(joints()[0], axis=0)))


def test_around_the_one_person_of_lsp_nothing_is_known(tmp_path, savemat):
    images(tmp_path, "im0001.jpg", size=(200, 150))
    savemat(tmp_path / "joints.mat", {"joints": np.dstack([joints(1) + 50, np.zeros((1, 14, 1))]).transpose(2, 1, 0)})
    (sample,) = convert(tmp_path, "lsp", "joints.mat").samples
    ignored = np.zeros((150, 200), np.uint8)
    for region in sample.ignore:
        cv2.fillPoly(ignored, [np.rint(region).astype(np.int32)], 1)
    for corner in ((2, 2), (2, 197), (147, 2), (147, 197)):
        assert ignored[corner]
    low, high = joints(1)[0].min(0) + 50, joints(1)[0].max(0) + 50
    assert not ignored[low[1] - 3 : high[1] + 3, low[0] - 3 : high[0] + 3].any()


def test_where_the_person_fills_the_image_nothing_is_ignored(tmp_path, savemat):
    images(tmp_path, "im0001.jpg", size=(32, 32))
    savemat(tmp_path / "joints.mat", {"joints": np.dstack([joints(1) - 8, np.zeros((1, 14, 1))]).transpose(2, 1, 0)})
    assert convert(tmp_path, "lsp", "joints.mat").samples[0].ignore == ()


def test_joints_outside_of_the_image_are_not_labelled(tmp_path, savemat):
    images(tmp_path, "im0001.jpg")
    data = np.dstack([joints(1), np.ones((1, 14, 1))])
    data[0, 0, 0], data[0, 1, 1] = -3, 60
    savemat(tmp_path / "joints.mat", {"joints": data.transpose(1, 2, 0)})
    (sample,) = convert(tmp_path, "lsp", "joints.mat").samples
    assert sample.keypoints[0, :3, 2].tolist() == [0, 0, 2]


def test_the_neck_of_trt_pose_is_derived_not_taken_from_lsps(tmp_path, savemat):
    images(tmp_path, "im0001.jpg")
    savemat(tmp_path / "joints.mat", {"joints": np.dstack([joints(1), np.zeros((1, 14, 1))]).transpose(2, 1, 0)})
    convert(tmp_path, "lsp", "joints.mat")
    topology = Topology.load("human_pose")
    (sample,) = KeypointData.load(tmp_path / "coco.json", tmp_path, topology).samples
    shoulders = [topology.index(k) for k in ("left_shoulder", "right_shoulder")]
    np.testing.assert_allclose(sample.keypoints[0, topology.index("neck")], sample.keypoints[0, shoulders].mean(0))
    assert not sample.labelled[topology.index("nose")]


def mpii_point(joint, x, y, **visible):
    return {"id": joint, "x": x, "y": y, **visible}


def test_mpii(tmp_path, savemat):
    """A file of the published structure, as no original is at hand: three images, the last of the test part."""
    images(tmp_path, "a.jpg", "b.jpg", "c.jpg")
    points = [
        mpii_point(0, 11.0, 21.0, is_visible=1),
        mpii_point(9, 31.0, 6.0),
        mpii_point(13, 41.0, 31.0, is_visible="0"),
    ]
    head = {"x1": 5.0, "y1": 6.0, "x2": 15.0, "y2": 18.0}
    annolist = [
        {"image": {"name": "a.jpg"}, "annorect": [head | {"annopoints": {"point": points}}, head]},
        {"image": {"name": "b.jpg"}, "annorect": head | {"annopoints": {"point": points[:2]}}},
        {"image": {"name": "c.jpg"}, "annorect": head},
    ]
    savemat(tmp_path / "mpii.mat", {"RELEASE": {"annolist": annolist, "img_train": [1, 1, 0]}})
    data = convert(tmp_path, "mpii", "mpii.mat")
    assert data.topology.keypoints == MPII.keypoints
    assert [s.file.name for s in data.samples] == ["a.jpg", "b.jpg"]
    one, other = data.samples
    found = {k: p.tolist() for k, p in zip(MPII.keypoints, one.keypoints[0], strict=True) if p[2]}
    assert found == {"right_ankle": [10, 20, 2], "head_top": [30, 5, 2], "left_shoulder": [40, 30, 1]}
    assert len(other.keypoints) == 1
    assert one.ignore[0].min(0).tolist() == [3.5, 4.5]


def write_openpose(folder, name, *people):
    text = json.dumps({"version": 1.3, "people": [{"pose_keypoints_2d": np.ravel(p).tolist()} for p in people]})
    (folder / f"{name}_keypoints.json").write_text(text)


@pytest.mark.parametrize("count", [18, 25])
def test_openpose(tmp_path, count):
    images(tmp_path, "a.png", "b.jpg")
    person = np.column_stack([np.arange(count) + 10.5, np.arange(count) + 20, np.full(count, 0.7)])
    person[4] = 0
    write_openpose(tmp_path, "a", person, np.add(person, (5, 0, 0)))
    write_openpose(tmp_path, "b")
    data = convert(tmp_path, "openpose", ".")
    names = Topology.load("openpose_18").keypoints if count == 18 else OPENPOSE_25.keypoints
    assert data.topology.keypoints == names
    assert [len(s.keypoints) for s in data.samples] == [2, 0]
    expected = np.column_stack([person[:, :2], 2 * (person[:, 2] > 0)])
    np.testing.assert_allclose(data.samples[0].keypoints[0], expected)
    assert data.samples[0].keypoints[1, 4].tolist() == [0, 0, 0]


@pytest.mark.parametrize("topology", [LSP, MPII, OPENPOSE_25], ids=lambda t: t.name)
def test_every_keypoint_has_its_partner_and_a_link(topology):
    sided = [i for i, k in enumerate(topology.keypoints) if "left" in k or "right" in k]
    assert all(topology.swap[i] != i for i in sided)
    reached, before = {0}, set()
    while reached != before:
        before = set(reached)
        reached |= {i for link in topology.links if reached & set(link) for i in link}
    # one skeleton; LSP's upper neck hangs on nothing but the head
    loose = {k for i, k in enumerate(topology.keypoints) if i not in reached}
    assert loose <= {"upper_neck", "head_top"}
    assert all(any(i in link for link in topology.links) for i in range(len(topology.keypoints)))


def test_wrong_sources_are_refused(tmp_path, savemat):
    arguments = ["--images", str(tmp_path), "--output", str(tmp_path / "o.json")]
    with pytest.raises(FileNotFoundError, match=r"no file .*none\.mat"):
        main(["lsp", str(tmp_path / "none.mat"), *arguments])
    (tmp_path / "text.mat").write_text("no MATLAB file, but long enough to be looked at" * 10)
    with pytest.raises(ValueError, match=r"text\.mat"):
        main(["lsp", str(tmp_path / "text.mat"), *arguments])
    savemat(tmp_path / "a.mat", {"joints": np.zeros((3, 14, 5))})
    with pytest.raises(ValueError, match=r"5 images, but .* has 0"):
        main(["lsp", str(tmp_path / "a.mat"), *arguments])
    with pytest.raises(ValueError, match="no RELEASE"):
        main(["mpii", str(tmp_path / "a.mat"), *arguments])
    savemat(tmp_path / "b.mat", {"joints": np.zeros((3, 5))})
    with pytest.raises(ValueError, match="14x3xN"):
        main(["lsp", str(tmp_path / "b.mat"), *arguments])
    with pytest.raises(ValueError, match=r"no files NAME_keypoints\.json"):
        main(["openpose", str(tmp_path), *arguments])
    write_openpose(tmp_path, "a", np.ones((17, 3)))
    with pytest.raises(ValueError, match=r"a\.\*, but"):
        main(["openpose", str(tmp_path), *arguments])
    images(tmp_path, "a.png")
    with pytest.raises(ValueError, match=r"people of \[51\] numbers"):
        main(["openpose", str(tmp_path), *arguments])
    (tmp_path / "a_keypoints.json").write_text("{}")
    with pytest.raises(ValueError, match="not OpenPose's output"):
        main(["openpose", str(tmp_path), *arguments])
