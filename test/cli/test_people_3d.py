"""`trt-pose calibrate-extrinsics` and `people-3d`: from recordings of a walk to places in space."""

import json

import numpy as np
import pytest
from multiview_scene import Scene, walker
from recorded_walk import write_bag, write_files

from trt_pose_ros.cli.main import main
from trt_pose_ros.spatial.views import Extrinsics, extrinsics_text, read_extrinsics

NAMES = ["c0", "c1", "c2"]


@pytest.fixture(scope="module")
def walk():
    return Scene(3, frames=119, seed=4, crowd=walker(5, legs=10))


@pytest.fixture(scope="module")
def recorded(walk, tmp_path_factory):
    """Arguments that name the recordings: files as `trt-pose run` writes them of videos, and calibration files."""
    folder = tmp_path_factory.mktemp("recorded")
    write_files(walk, folder, NAMES)
    sources = [f"{name}={folder / name / 'keypoints.json'}" for name in NAMES]
    return [*sources, "--camera-info", *(f"{name}={folder / f'{name}.yaml'}" for name in NAMES)]


def test_from_a_walk_to_places(recorded, tmp_path, capsys):
    extrinsics, output = tmp_path / "cameras.yaml", tmp_path / "people.jsonl"
    assert main(["calibrate-extrinsics", *recorded, "--output", str(extrinsics), "--stature", "1.7"]) == 0
    assert "z = 0 is the floor" in capsys.readouterr().out
    assert list(read_extrinsics(extrinsics).cameras) == ["c0", "c1", "c2"]
    assert main(["people-3d", *recorded, "--extrinsics", str(extrinsics), "--output", str(output), "--smooth"]) == 0
    header, *moments = map(json.loads, output.read_text().splitlines())
    assert header["frame"] == "map"
    assert header["cameras"] == ["c0", "c1", "c2"]
    located = [person for moment in moments for person in moment["people"]]
    assert len(located) > 0.9 * len(moments)
    heights = {
        name: np.median(
            [
                p["positions"][header["keypoints"].index(name)][2]
                for p in located
                if p["positions"][header["keypoints"].index(name)]
            ]
        )
        for name in ("left_ankle", "left_shoulder")
    }
    assert 0.0 < heights["left_ankle"] < 0.3
    assert 1.2 < heights["left_shoulder"] < 1.6


@pytest.fixture(scope="module")
def bag(walk, tmp_path_factory):
    """A bag of skeletons with the calibrations of the cameras."""
    pytest.importorskip("rosbags", reason="bags need rosbags: pip install 'trt_pose_ros[replay]'")
    path = tmp_path_factory.mktemp("bags") / "walk"
    write_bag(walk, path, NAMES, frames=20)
    return path


def test_from_a_bag(walk, bag, tmp_path, capsys):
    places = {f"c{i}": view.in_world for i, view in enumerate(walk.views)}
    (tmp_path / "cameras.yaml").write_text(extrinsics_text(Extrinsics("hall", places)))
    given = ["--extrinsics", str(tmp_path / "cameras.yaml"), "--output", str(tmp_path / "people.jsonl")]
    assert main(["people-3d", str(bag), *given]) == 0
    assert "20 moments" in capsys.readouterr().out
    header, *moments = map(json.loads, (tmp_path / "people.jsonl").read_text().splitlines())
    assert header["frame"] == "hall"
    errors = []
    for frame, moment in enumerate(moments):
        for person in moment["people"]:
            told = np.array([place or [np.nan] * 3 for place in person["positions"]])
            errors.append(np.linalg.norm(told - walk.crowd.joints[frame, 0], axis=1))
    assert len(errors) >= 15
    assert np.nanmedian(np.concatenate(errors)) < 0.08


def test_an_extrinsics_file_that_is_read_again(walk, tmp_path):
    places = {f"c{i}": view.in_world for i, view in enumerate(walk.views)}
    (tmp_path / "cameras.yaml").write_text(extrinsics_text(Extrinsics("hall", places), "two\nlines"))
    again = read_extrinsics(tmp_path / "cameras.yaml")
    assert again.frame == "hall"
    for name, place in places.items():
        np.testing.assert_allclose(again.cameras[name].rotation, place.rotation, atol=1e-6)
        np.testing.assert_allclose(again.cameras[name].translation, place.translation, atol=1e-4)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[", "is not a YAML file"),
        ("frame: map", "must have `frame`, a name, and `cameras`"),
        ("cameras: {c0: {}}", "must have `frame`"),
        ("frame: map\ncameras: {c0: {translation: [0, 0, 0]}}", "camera 'c0' must have translation"),
        ("frame: map\ncameras: {c0: {translation: [0, 0, 0], rotation: [0, 0, 0, 2]}}", "not of length 1"),
        ("frame: map\ncameras: {c0: {translation: [0, 0, .nan], rotation: [0, 0, 0, 1]}}", "finite"),
        ("frame: map\ncameras: {c9: {translation: [0, 0, 0], rotation: [0, 0, 0, 1]}}", "has no camera c0, c1, c2"),
    ],
)
def test_wrong_extrinsics(recorded, tmp_path, capsys, text, said):
    (tmp_path / "cameras.yaml").write_text(text)
    given = ["--extrinsics", str(tmp_path / "cameras.yaml"), "--output", str(tmp_path / "people.jsonl")]
    assert main(["people-3d", *recorded, *given]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_recordings_that_cannot_be_used(recorded, tmp_path, capsys):
    output = ["--output", str(tmp_path / "out.yaml")]
    assert main(["calibrate-extrinsics", recorded[0], "--camera-info", recorded[4], *output]) == 2
    assert "two cameras or more" in capsys.readouterr().err
    assert main(["calibrate-extrinsics", *recorded[:2], "--camera-info", recorded[4], *output]) == 2
    assert "camera 'c1' has no calibration: give --camera-info c1=FILE" in capsys.readouterr().err
    (tmp_path / "broken.json").write_text("[{}]")
    assert main(["calibrate-extrinsics", f"c0={tmp_path / 'broken.json'}", *output]) == 2
    assert "is no keypoints.json" in capsys.readouterr().err
