"""Rays that meet, against a solver that knows nothing of how it is done here."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import least_squares

from trt_pose_ros.spatial.views.triangulation import distances, triangulate
from trt_pose_ros.spatial.views.view import Sightings

SPREAD = np.full(6, 0.03)


def sightings(places, cameras, random=None, noise=0.0):
    """One person with keypoints at ``places`` [K, 3], seen from ``cameras`` [V, 3]."""
    aims = np.repeat(places[None], len(cameras), axis=0)
    if noise:
        aims = aims + random.normal(0, noise, aims.shape)
    directions = aims - cameras[:, None]
    directions = directions / np.linalg.norm(directions, axis=2, keepdims=True)
    count, keypoints = directions.shape[:2]
    pixels, scores = np.full((count, keypoints, 2), np.nan), np.full((count, keypoints), 0.9)
    return Sightings(np.arange(count), cameras, directions, pixels, scores, np.full(count, 1e-3), (("", -1),) * count)


def ring(count, radius=4.0):
    angles = 2 * np.pi * (np.arange(count) + 0.2) / (count + 0.5)
    return np.stack([radius * np.cos(angles), radius * np.sin(angles), np.linspace(1.5, 2.5, count)], axis=1)


def groups(count):
    return np.arange(count)[None]


@pytest.mark.parametrize("views", [2, 3, 5])
def test_rays_without_error_meet_exactly(views):
    places = np.random.default_rng(0).uniform(-1, 1, (6, 3))
    points = triangulate(sightings(places, ring(views)), groups(views), SPREAD)
    np.testing.assert_allclose(points.places[0], places, atol=1e-6)
    assert points.agrees.all()
    assert (points.stddevs < 0.1).all()
    np.testing.assert_allclose(points.scores, 0.9)


@given(st.integers(0, 10_000), st.integers(3, 6))
@settings(max_examples=30, deadline=None)
def test_noisy_rays_against_the_slow_reference(seed, views):
    random = np.random.default_rng(seed)
    places = random.uniform(-1, 1, (6, 3))
    seen = sightings(places, ring(views), random, 0.01)
    points = triangulate(seen, groups(views), SPREAD)
    for k in range(6):

        def error(x, k=k):
            across, along = distances(x, seen.origins, seen.directions[:, k])
            return across / np.hypot(SPREAD[k], 1e-3 * along)

        best = least_squares(lambda x, k=k: error(x), places[k], xtol=1e-12, ftol=1e-12)
        # ours keeps the weights of the round before
        np.testing.assert_allclose(points.places[0, k], best.x, atol=2e-4)


@pytest.mark.parametrize("views", [3, 4, 5])
def test_one_wrong_ray_is_left_out(views):
    random = np.random.default_rng(views)
    places = random.uniform(-1, 1, (6, 3))
    seen = sightings(places, ring(views), random, 0.01)
    wrong = sightings(places + np.array((0, 0, 0.8)), ring(views))
    seen.directions[1, 2:4] = wrong.directions[1, 2:4]
    points = triangulate(seen, groups(views), SPREAD)
    assert np.linalg.norm(points.places[0] - places, axis=1).max() < 0.06
    assert not points.agrees[0, 1, 2:4].any()
    assert points.agrees[0].sum() == 6 * views - 2


def test_two_rays_that_do_not_meet_tell_no_place():
    places = np.random.default_rng(1).uniform(-1, 1, (6, 3))
    seen, cameras = sightings(places, ring(2)), ring(2)
    aside = np.cross(places[0] - cameras[0], places[0] - cameras[1])  # off the plane of both rays
    seen.directions[1] = sightings(places + 0.8 * aside / np.linalg.norm(aside), cameras).directions[1]
    seen.directions[1, 1:] = sightings(places, cameras).directions[1, 1:]
    points = triangulate(seen, groups(2), SPREAD)
    assert np.isnan(points.places[0, 0]).all()
    assert points.scores[0, 0] == 0
    assert np.isfinite(points.places[0, 1:]).all()


def test_rays_that_meet_behind_a_camera_tell_no_place():
    places = np.random.default_rng(2).uniform(-1, 1, (6, 3))
    seen = sightings(places, ring(2))
    seen.directions[1] *= -1
    assert np.isnan(triangulate(seen, groups(2), SPREAD).places).all()


def test_two_cameras_that_look_along_one_line_are_not_sure():
    places = np.array([[0.0, 0.0, 1.0]] * 6)
    across = triangulate(sightings(places, np.array([[4.0, 0, 1], [0, 4, 1]])), groups(2), SPREAD)
    along = triangulate(sightings(places, np.array([[4.0, 0, 1], [5, 0.05, 1]])), groups(2), SPREAD)
    assert not (along.stddevs < 0.5).any()
    assert (across.stddevs < 0.04).all()


def test_stddevs_are_those_of_the_errors():
    random = np.random.default_rng(3)
    errors, told = [], []
    for _ in range(200):
        places = random.uniform(-1, 1, (6, 3))
        points = triangulate(sightings(places, ring(3), random, SPREAD[0]), groups(3), SPREAD)
        errors.append(points.places[0] - places)
        told.append(points.stddevs[0])
    assert np.nanstd(errors) / np.sqrt(np.nanmean(np.square(told))) == pytest.approx(1.0, abs=0.15)


def test_nobody_and_no_camera():
    nothing = sightings(np.empty((6, 3)), np.empty((0, 3)))
    assert triangulate(nothing, np.empty((0, 3), int), SPREAD).places.shape == (0, 6, 3)
    assert np.isnan(triangulate(nothing, np.full((2, 3), -1), SPREAD).places).all()
