"""Cameras placed by somebody who walks about, against where they stand."""

from dataclasses import replace

import numpy as np
import pytest
from multiview_scene import Scene, walker

from trt_pose_ros.spatial.calibrating import Moments, calibrate
from trt_pose_ros.spatial.views import Fusing, View
from trt_pose_ros.spatial.views.body import statures


def moments_of(scene, cameras=None, **kwargs):
    names = [f"camera{i}" for i in (cameras or range(len(scene.views)))]
    views = dict(zip((f"camera{i}" for i in range(len(scene.views))), scene.views, strict=True))
    seen = ({s.camera: s.poses for s in scene.seen(frame) if s.camera in names} for frame in range(scene.frames))
    return Moments.of({n: views[n].camera for n in names}, scene.topology, seen, **kwargs)


@pytest.fixture(scope="module")
def walk():
    return Scene(4, frames=239, seed=11, crowd=walker(5))


def tall(scene):
    """The stature that the truth's bones tell."""
    return float(np.nanmedian(statures(scene.crowd.joints, scene.topology)))


def off(found, scene):
    """(metres, degrees) that each camera is off, the first one's frame laid upon the truth."""
    truth = [view.in_world for view in scene.views]
    places = list(found.places.values())
    align = truth[0] @ places[0].inverse
    both = [(align @ place, view) for place, view in zip(places, truth, strict=True)]
    turned = [np.degrees(np.arccos(np.clip((np.trace(a.rotation.T @ b.rotation) - 1) / 2, -1, 1))) for a, b in both]
    return [float(np.linalg.norm(a.translation - b.translation)) for a, b in both], turned


def test_cameras_around_a_walker(walk):
    found = calibrate(moments_of(walk), tall(walk))
    metres, degrees = off(found, walk)
    assert max(degrees) < 1.5
    assert max(metres) < 0.25  # they stand 7 to 10 m from each other
    # z up from the floor, the origin below the first camera
    assert found.floor
    place, truth = found.places["camera0"], walk.views[0].in_world
    np.testing.assert_allclose(place.translation, (0, 0, truth.translation[2]), atol=0.15)
    assert place.rotation[2] @ truth.rotation[2] > np.cos(np.radians(2))
    # and people are located by what was found
    fusing = Fusing(walk.topology, "floor", min_hits=1)
    views = dict(zip(found.places, walk.views, strict=True))
    errors = []
    for frame in range(0, walk.frames, 5):
        seen = [replace(s, view=View(views[s.camera].camera, found.places[s.camera])) for s in walk.seen(frame)]
        people = fusing(seen, frame / 25)
        truth_here = (found.places["camera0"] @ walk.views[0].in_world.inverse)(walk.crowd.joints[frame])
        errors.append(np.linalg.norm(people.positions - truth_here, axis=2).ravel())
    assert np.nanmedian(np.concatenate(errors)) < 0.08


def test_the_scale_is_that_of_the_stature(walk):
    small, large = (calibrate(moments_of(walk, most=60), height) for height in (1.0, 2.0))
    apart = [np.linalg.norm(f.places["camera1"].translation - f.places["camera0"].translation) for f in (small, large)]
    assert apart[1] / apart[0] == pytest.approx(2.0, rel=0.02)


def test_a_camera_that_sees_nobody_with_the_others_is_named(walk):
    seen = [{s.camera: s.poses for s in walk.seen(f) if s.camera != "camera3"} for f in range(60)]
    cameras = {f"camera{i}": view.camera for i, view in enumerate(walk.views)}
    with pytest.raises(ValueError, match="camera camera3 cannot be joined to camera0"):
        calibrate(Moments.of(cameras, walk.topology, seen))


def test_two_people_in_an_image_are_not_used():
    scene = Scene(2, people=2, frames=5, seed=1)
    assert moments_of(scene).rays.shape[1] <= 1
