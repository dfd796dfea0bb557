"""The bundled lifting network, and files that are none."""

from dataclasses import replace

import numpy as np
import pytest
from spatial import shots

from trt_pose_ros import lifting
from trt_pose_ros.backends import is_installed
from trt_pose_ros.backends.tensors import RUNTIMES, open_tensors
from trt_pose_ros.lifting import METADATA_KEY, OUTPUTS, open_lifter, open_network
from trt_pose_ros.model_file.metadata import append_metadata
from trt_pose_ros.poses import NO_TRACK
from trt_pose_ros.spatial import Locating
from trt_pose_ros.spatial.lifting.features import SLOTS, WIDTH

INSTALLED = [name for name in RUNTIMES if is_installed(name)]
if not INSTALLED:
    pytest.skip("no runtime for the lifting network is installed", allow_module_level=True)

HIPS = [11, 12]


def relative(positions):
    return positions - positions[:, HIPS].mean(axis=1, keepdims=True)


@pytest.fixture(scope="module")
def errors():
    """Mean errors in metres of (root-relative, absolute) by what is known, of people the network has never seen."""
    found = {}
    for name, over_time, floor in (("one image", False, False), ("over time", True, False), ("floor", True, True)):
        locating = Locating()
        locating.lifter = open_lifter()
        off = []
        for seed in range(8):
            crowd = shots.crowd(seed=seed, people=2, times=np.arange(20) / 10)
            for shot in shots.film(crowd, shots.camera(), shots.looking(height=1.2), seed=seed):
                scene = shot.scene if floor else replace(shot.scene, in_world=None)
                poses = shot.poses if over_time else replace(shot.poses, track_ids=np.full(2, NO_TRACK))
                there = locating.infer(poses, scene, seed, shot.stamp)
                pair = relative(there.positions) - relative(shot.positions), there.positions - shot.positions
                off.append([np.linalg.norm(error, axis=-1) for error in pair])
        found[name] = np.nanmean(np.array(off), axis=(0, 2, 3))
    return found


def test_people_have_about_their_shape(errors):
    assert errors["over time"][0] < 0.15
    assert errors["floor"][0] < 0.13


def test_time_and_the_floor_help(errors):
    assert errors["over time"][0] < errors["one image"][0]
    assert errors["floor"][1] < 0.7 * errors["over time"][1]
    assert errors["floor"][1] < 0.25


def test_the_network_is_as_sure_as_it_may_be():
    """On average, of shapes alone: its standard deviations are those of its errors, within a half."""
    lifter = open_lifter()
    ratios = []
    for seed in range(20, 28):
        crowd = shots.crowd(seed=seed, people=2, times=[0.0])
        (shot,) = shots.film(crowd, shots.camera(), shots.looking(), seed=seed)
        lifted = lifter(shot.poses, shot.scene, seed, 0.0)
        off = np.linalg.norm(relative(lifted.positions) - relative(shot.positions), axis=-1)
        ratios.append(off / lifted.position_stddevs)
    assert 0.5 < np.sqrt(np.nanmean(np.square(ratios))) < 2.0


def test_the_runtimes_agree():
    people = np.random.default_rng(0).normal(0, 0.5, (4, SLOTS, WIDTH)).astype(np.float32)
    results = [open_network(runtime=name)(people) for name in INSTALLED]
    for joints, stddevs in results:
        assert joints.shape == (4, 17, 3)
        assert stddevs.shape == (4, 17)
        assert (stddevs > 0).all()
        np.testing.assert_allclose(joints, results[0][0], atol=2e-3)


def test_the_bundled_network_is_small():
    assert lifting.DEFAULT.stat().st_size < 3e6


def test_files_that_are_no_lifting_network(tmp_path):
    with pytest.raises(FileNotFoundError, match="no lifting network"):
        open_lifter(tmp_path / "none.onnx")
    other = lifting.DEFAULT.parent / "light_person.onnx"
    with pytest.raises(ValueError, match="is not a lifting network"):
        open_lifter(other)
    old = tmp_path / "old.onnx"
    old.write_bytes(append_metadata(lifting.DEFAULT.read_bytes(), METADATA_KEY, '{"version": 0}'))
    with pytest.raises(ValueError, match="train and export it anew"):
        open_lifter(old)
    with pytest.raises(ValueError, match="runtime 'tensorrt' is unknown"):
        open_lifter(runtime="tensorrt")


@pytest.mark.parametrize("runtime", INSTALLED)
def test_damaged_networks(tmp_path, runtime):
    half = tmp_path / "half.onnx"
    half.write_bytes(lifting.DEFAULT.read_bytes()[:5000])
    with pytest.raises(ValueError, match=f"{runtime} cannot load"):
        open_tensors(half, OUTPUTS, runtime)
    with pytest.raises(ValueError, match="cannot load"):
        open_tensors(lifting.DEFAULT, ("no_such",), runtime)
