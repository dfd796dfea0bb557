"""The camera model: against OpenCV's numbers, and there and back again."""

import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trt_pose_ros.geometry import CameraModel

K = (500.0, 0.0, 330.0, 0.0, 510.0, 235.0, 0.0, 0.0, 1.0)
PLUMB_BOB = (-0.3, 0.1, 0.001, -0.002, 0.01)
RATIONAL = (0.4, -0.2, 0.0005, -0.0003, -0.02, 0.7, -0.25, -0.05)
FISHEYE = (-0.03, 0.01, 0.001, -0.002)
TURN = tuple(cv2.Rodrigues(np.array([0.02, -0.05, 0.01]))[0].ravel().tolist())
P = (480.0, 0.0, 321.0, -30.0, 0.0, 480.0, 238.0, 0.0, 0.0, 0.0, 1.0, 0.0)
MODELS = [("none", ()), ("plumb_bob", PLUMB_BOB), ("rational_polynomial", RATIONAL), ("equidistant", FISHEYE)]


def grid(width=640, height=480):
    """Pixels all over the image, float64 [9, 12, 2]."""
    return np.stack(np.meshgrid(np.linspace(0, width - 1, 12), np.linspace(0, height - 1, 9)), axis=-1)


def calibrated(model="none", d=(), **kwargs):
    return CameraModel.from_calibration(640, 480, K, d, model, **kwargs)


class TestAgainstOpenCv:
    @pytest.mark.parametrize(("model", "d"), MODELS[:3])
    @pytest.mark.parametrize("r", [(), TURN])
    def test_rays_and_projection(self, model, d, r):
        camera, k = calibrated(model, d, r=r), np.reshape(K, (3, 3))
        coefficients, rotation = np.array(d or [0.0] * 4), np.reshape(r or np.eye(3), (3, 3))
        rays = camera.rays(grid())
        # theirs stops after a few iterations, the projection below does not iterate
        theirs = cv2.undistortPoints(grid().reshape(-1, 1, 2), k, coefficients, None, rotation)
        assert np.abs(rays[..., :2] - theirs.reshape(9, 12, 2)).max() < 2e-3
        points = rays.reshape(-1, 3) * np.linspace(0.5, 4.0, 108)[:, None]
        theirs = cv2.projectPoints(points, cv2.Rodrigues(rotation.T)[0], np.zeros(3), k, coefficients)[0]
        assert np.abs(camera.project(points) - theirs.reshape(-1, 2)).max() < 1e-9

    def test_fisheye(self):
        camera, k = calibrated("equidistant", FISHEYE), np.reshape(K, (3, 3))
        rays = camera.rays(grid())
        theirs = cv2.fisheye.undistortPoints(grid().reshape(-1, 1, 2), k, np.array(FISHEYE))
        assert np.abs(rays[..., :2] - theirs.reshape(9, 12, 2)).max() < 1e-6
        theirs = cv2.fisheye.projectPoints(rays.reshape(-1, 1, 3), np.zeros(3), np.zeros(3), k, np.array(FISHEYE))[0]
        assert np.abs(camera.project(rays) - theirs.reshape(9, 12, 2)).max() < 1e-9


class TestRoundTrip:
    @settings(max_examples=100, deadline=None)
    @given(
        st.sampled_from(["plumb_bob", "rational_polynomial", "equidistant"]),
        st.lists(st.floats(-0.3, 0.3), min_size=8, max_size=8),
        st.floats(200, 2000),
    )
    def test_pixels_come_back_or_are_nan(self, model, d, focal):
        count = {"plumb_bob": 5, "rational_polynomial": 8, "equidistant": 4}[model]
        k = (focal, 0.0, 319.5, 0.0, focal, 239.5, 0.0, 0.0, 1.0)
        # tangential distortion is small in any lens
        d = [v * (0.02 if model != "equidistant" and i in (2, 3) else 1.0) for i, v in enumerate(d[:count])]
        camera = CameraModel.from_calibration(640, 480, k, d, model)
        rays = camera.rays(grid())
        known = np.isfinite(rays).all(axis=-1)
        assert np.abs(camera.project(rays) - grid())[known].max(initial=0.0) < 1e-5
        near = np.hypot(*np.moveaxis(grid() - (319.5, 239.5), -1, 0)) < 0.2 * focal
        assert known[near].all()

    @pytest.mark.parametrize(("model", "d"), MODELS)
    def test_points_come_back(self, model, d):
        points = np.random.default_rng(0).uniform((-0.5, -0.4, 1.0), (0.5, 0.4, 1.0), (4, 7, 3))
        camera = calibrated(model, d, r=TURN)
        assert np.abs(camera.rays(camera.project(2.5 * points)) - points).max() < 1e-9

    def test_undistorted_pixels_are_those_of_the_ideal_camera(self):
        assert np.abs(calibrated("plumb_bob", PLUMB_BOB).undistort([330.0, 235.0]) - (330, 235)).max() < 1e-9
        rays = calibrated("plumb_bob", PLUMB_BOB).rays(grid())
        assert np.abs(calibrated().project(rays) - calibrated("plumb_bob", PLUMB_BOB).undistort(grid())).max() < 1e-9


class TestUnknown:
    @pytest.mark.parametrize(("model", "d"), MODELS)
    @pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
    def test_nan_stays_nan_and_harms_no_other(self, model, d, value):
        pixels = grid()
        pixels[2, 3, 0] = value
        rays, clean = calibrated(model, d).rays(pixels), calibrated(model, d).rays(grid())
        assert np.isnan(rays[2, 3]).all()
        rays[2, 3] = clean[2, 3]
        assert np.array_equal(rays, clean)
        assert np.isnan(calibrated(model, d).project([value, 0.0, 1.0])).all()

    @pytest.mark.parametrize(("model", "d"), MODELS)
    def test_what_is_behind_is_nowhere(self, model, d):
        assert np.isnan(calibrated(model, d).project([[0.1, 0.1, -1.0], [0.1, 0.1, 0.0]])).all()

    def test_where_no_light_arrives_there_is_no_direction(self):
        camera = CameraModel(640, 480, 300.0, 300.0, 319.5, 239.5, "plumb_bob", (-0.3, 0.0, 0.0, 0.0))
        # r (1 - 0.3 r^2) is at most 0.703, 211 pixels
        assert np.isfinite(camera.rays([319.5 + 210, 239.5])).all()
        assert np.isnan(camera.rays([319.5 + 212, 239.5])).all()
        assert np.isnan(camera.project([1.2, 0.0, 1.0])).all()

    def test_no_pixels_at_all(self):
        assert calibrated("plumb_bob", PLUMB_BOB).rays(np.zeros((0, 17, 2))).shape == (0, 17, 3)
        assert calibrated("equidistant", FISHEYE).rays(np.zeros((0, 17, 2))).shape == (0, 17, 3)
        assert calibrated().project(np.zeros((0, 3))).shape == (0, 2)


class TestSizes:
    def test_calibrated_at_twice_the_size(self):
        k = (1000.0, 0.0, 639.5, 0.0, 1000.0, 479.5, 0.0, 0.0, 1.0)
        camera = CameraModel.from_calibration(1280, 960, k).scaled_to(640, 480)
        assert camera == CameraModel(640, 480, 500.0, 500.0, 319.5, 239.5)
        assert np.array_equal(camera.rays([319.5, 239.5]), [0.0, 0.0, 1.0])

    @pytest.mark.parametrize("size", [(320, 240), (160, 120), (1920, 1440), (641, 480), (1000, 750)])
    def test_scaled_images_show_the_same(self, size):
        rays = calibrated("plumb_bob", PLUMB_BOB).rays(grid())
        # the same place of the image's area, which begins half a pixel before the first centre
        pixels = (grid() + 0.5) * np.array(size) / (640, 480) - 0.5
        assert np.abs(calibrated("plumb_bob", PLUMB_BOB).scaled_to(*size).rays(pixels) - rays).max() < 1e-9

    @pytest.mark.parametrize("size", [(640, 360), (480, 640), (480, 480), (0, 0), (640, 0)])
    def test_another_shape_is_refused(self, size):
        with pytest.raises(ValueError, match=f"{size[0]}x{size[1]} have another shape|images of 0x0"):
            calibrated().scaled_to(*size)

    def test_a_region_of_interest(self):
        camera = calibrated("plumb_bob", PLUMB_BOB, roi=(100, 60, 320, 180))
        assert (camera.width, camera.height) == (320, 180)
        assert np.allclose(camera.rays([10.0, 20.0]), calibrated("plumb_bob", PLUMB_BOB).rays([110.0, 80.0]))
        assert camera.scaled_to(160, 90).width == 160

    def test_binning(self):
        camera = calibrated(binning=(2, 2))
        assert camera == calibrated().scaled_to(320, 240)
        assert calibrated(binning=(0, 0)) == calibrated()

    def test_a_field_of_view(self):
        camera = CameraModel.from_field_of_view(640, 480, 90.0)
        assert (camera.fx, camera.fy, camera.cx, camera.cy) == (pytest.approx(320.0), camera.fx, 319.5, 239.5)
        assert camera.scaled_to(320, 240) == CameraModel.from_field_of_view(320, 240, 90.0)


class TestRectified:
    def test_both_kinds_of_images_tell_the_same_direction(self):
        raw = calibrated("plumb_bob", PLUMB_BOB, r=TURN, p=P)
        rectified = calibrated("plumb_bob", PLUMB_BOB, r=TURN, p=P, rectified=True)
        points = np.random.default_rng(0).uniform((-0.4, -0.3, 1.0), (0.4, 0.3, 1.0), (30, 3))
        back = cv2.Rodrigues(np.reshape(TURN, (3, 3)).T)[0]
        taken = cv2.projectPoints(points, back, np.zeros(3), np.reshape(K, (3, 3)), np.array(PLUMB_BOB))[0][:, 0]
        moved = (points @ np.reshape(P, (3, 4))[:, :3].T)[:, :2]
        assert np.abs(raw.rays(taken) - points).max() < 1e-9
        assert np.abs(rectified.rays(moved) - points).max() < 1e-9

    def test_they_are_not_undistorted_again(self):
        camera = calibrated("plumb_bob", PLUMB_BOB, p=P, rectified=True)
        assert camera == CameraModel(640, 480, 480.0, 480.0, 321.0, 238.0)

    def test_without_projection_only_an_undistorted_camera_is_known(self):
        assert calibrated(p=(0.0,) * 12, rectified=True) == calibrated()
        with pytest.raises(ValueError, match="the projection matrix p is missing"):
            calibrated("plumb_bob", PLUMB_BOB, rectified=True)


class TestRefused:
    @pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
    @pytest.mark.parametrize("name", ["fx", "fy"])
    def test_focal_lengths(self, name, value):
        values = {"fx": 500.0, "fy": 500.0} | {name: value}
        with pytest.raises(ValueError, match=f"focal length {name} = {value} pixels: calibrate it"):
            CameraModel(640, 480, cx=320.0, cy=240.0, **values)

    @pytest.mark.parametrize("value", [math.nan, math.inf])
    def test_principal_points(self, value):
        with pytest.raises(ValueError, match=f"cy = {value}"):
            CameraModel(640, 480, 500.0, 500.0, 320.0, value)

    @pytest.mark.parametrize("size", [(0, 480), (640, 0), (-1, 480)])
    def test_sizes(self, size):
        with pytest.raises(ValueError, match=f"{size[0]}x{size[1]} pixels"):
            CameraModel(*size, 500.0, 500.0, 320.0, 240.0)

    @pytest.mark.parametrize(
        ("model", "d"),
        [
            ("plumb_bob", (0.1, 0.2, 0.3)),
            ("plumb_bob", (0.1,) * 8),
            ("rational_polynomial", (0.1,) * 5),
            ("equidistant", (0.1,)),
            ("none", (0.1,) * 5),
            ("plumb_bob", (math.nan,) * 5),
            ("equidistant", (math.inf,) * 4),
        ],
    )
    def test_coefficients(self, model, d):
        with pytest.raises(ValueError, match=f"distortion model {model} takes .* coefficients, not"):
            calibrated(model, d)

    def test_distortion_models(self):
        with pytest.raises(ValueError, match="'fisheye62' is not known, only none, plumb_bob"):
            calibrated("fisheye62")

    @pytest.mark.parametrize(
        "r", [(1.0,) * 9, (math.nan,) * 9, (1.0, 0.0), (-1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)]
    )
    def test_rotations(self, r):
        with pytest.raises(ValueError, match="is not a rotation"):
            calibrated(r=r)

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            ({"k": (500.0,) * 4}, "k of 4 numbers, must be 9"),
            ({"k": (500.0, 3.0, 330.0, 0.0, 510.0, 235.0, 0.0, 0.0, 1.0)}, "a skew of 3.0"),
            ({"p": (480.0,) * 9, "rectified": True}, "p of 9 numbers, must be 12"),
            ({"roi": (600, 0, 100, 100)}, "outside the calibrated 640x480 pixels"),
        ],
    )
    def test_calibrations(self, change, sentence):
        with pytest.raises(ValueError, match=sentence):
            CameraModel.from_calibration(640, 480, **({"k": K} | change))

    @pytest.mark.parametrize("degrees", [0.0, -10.0, 180.0, math.nan])
    def test_fields_of_view(self, degrees):
        with pytest.raises(ValueError, match="must be between 0 and 180"):
            CameraModel.from_field_of_view(640, 480, degrees)
