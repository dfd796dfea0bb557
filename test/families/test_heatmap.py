import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from trt_pose_ros import Topology
from trt_pose_ros.families.heatmap import Family, HeatmapOptions, HeatmapOutputs, read_peaks
from trt_pose_ros.geometry import Placement

TOPOLOGY = Topology("t", ("a", "b"), ())
few = settings(max_examples=40, deadline=None, derandomize=True)
WHOLE = Placement((1.0, 1.0), (0.0, 0.0))


def gaussian(x, y, height=32, width=24, sigma=2.0, top=0.9):
    rows, columns = np.mgrid[:height, :width]
    return (top * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * sigma**2))).astype(np.float32)


@few
@given(x=st.floats(9, 14), y=st.floats(9, 22), sigma=st.floats(1.5, 3), blur=st.floats(0.5, 2.5))
def test_where_a_gaussian_lies_between_cells(x, y, sigma, blur):
    maps = gaussian(x, y, sigma=sigma)[None, None]
    errors = {}
    for rule in ("none", "quarter", "dark"):
        cells, scores = read_peaks(maps, HeatmapOptions(refine=rule, blur=blur))
        errors[rule] = np.abs(cells[0, 0] - (x, y)).max()
        assert scores[0, 0] == maps.max()
    assert errors["none"] <= 0.5 + 1e-4
    assert errors["quarter"] <= 0.25 + 1e-4
    assert errors["dark"] <= 0.03


@few
@given(seed=st.integers(0, 10_000), blur=st.floats(0.4, 2.5))
def test_dark_is_a_newton_step_on_the_logarithm_of_the_smoothed_map(seed, blur):
    """The rule in its plain form: a whole map smoothed, one keypoint at a time."""
    random = np.random.default_rng(seed)
    maps = np.stack([[gaussian(*random.uniform(-1, 25, 2)) for _ in range(2)] for _ in range(3)])
    maps = (maps + random.normal(0, 0.02, maps.shape)).astype(np.float32)
    cells, _ = read_peaks(maps, HeatmapOptions(refine="dark", blur=blur))
    for n, k in np.ndindex(3, 2):
        np.testing.assert_allclose(cells[n, k], newton(maps[n, k], blur), atol=2e-3)


def newton(plane, blur):
    y, x = np.unravel_index(plane.argmax(), plane.shape)
    reach = int(np.ceil(2.5 * blur))
    padded = np.pad(plane.astype(float), reach + 2)
    smooth = gaussian_filter(padded, blur, mode="constant", radius=reach)
    log = np.log(np.maximum(smooth, 1e-6))[y + reach + 1 : y + reach + 4, x + reach + 1 : x + reach + 4]
    gradient = np.array([log[1, 2] - log[1, 0], log[2, 1] - log[0, 1]]) / 2
    cross = (log[2, 2] + log[0, 0] - log[0, 2] - log[2, 0]) / 4
    hessian = np.array([[log[1, 2] - 2 * log[1, 1] + log[1, 0], cross], [cross, log[2, 1] - 2 * log[1, 1] + log[0, 1]]])
    step = np.zeros(2)
    if np.linalg.det(hessian) > 1e-9 and hessian[0, 0] < 0:
        step = np.clip(-np.linalg.solve(hessian, gradient), -1.5, 1.5)
    return np.clip(np.array([x, y]) + step, 0, (plane.shape[1] - 1, plane.shape[0] - 1))


def test_maps_without_a_peak_make_no_trouble():
    for value in (0.0, 1.0, -3.0):
        for rule in ("none", "quarter", "dark"):
            cells, scores = read_peaks(np.full((1, 2, 8, 6), value, np.float32), HeatmapOptions(refine=rule))
            assert np.isfinite(cells).all()
            assert (scores == value).all()


def test_crops_are_mapped_to_their_own_image():
    family = Family(TOPOLOGY, HeatmapOutputs("maps", stride=4, offset=1.5))
    family.check({"maps": (None, 2, 32, 24)}, 128, 96)
    maps = np.stack([gaussian(6.0, 10.0), gaussian(12.5, 13.25)])[None].repeat(2, axis=0)
    here, there = family({"maps": maps}, [WHOLE, Placement((2.0, 3.0), (100.0, -7.0))])
    expected = np.float32([[25.5, 41.5], [51.5, 54.5]])
    np.testing.assert_allclose(here.keypoints[0, :, :2], expected, atol=0.1)
    np.testing.assert_allclose(there.keypoints[0, :, :2], expected * (2, 3) + (100, -7), atol=0.3)
    assert here.scores[0] == pytest.approx(here.keypoints[0, :, 2].mean())


def test_udp_spans_the_input_from_its_first_to_its_last_pixel():
    family = Family(TOPOLOGY, HeatmapOutputs("maps", stride=4, udp=True))
    family.check({"maps": (1, 2, 32, 24)}, 128, 96)
    maps = np.zeros((1, 2, 32, 24), np.float32)
    maps[0, 0, 0, 0] = maps[0, 1, 31, 23] = 1
    family.options = HeatmapOptions(refine="none")
    (poses,) = family({"maps": maps}, [WHOLE])
    np.testing.assert_allclose(poses.keypoints[0, :, :2], [[0, 0], [95, 127]], atol=1e-4)


def test_faint_keypoints_are_missing_and_scores_stay_in_range():
    family = Family(TOPOLOGY, HeatmapOutputs("maps", stride=4), min_keypoint_score=0.5)
    maps = np.stack([gaussian(6, 10, top=1.4), gaussian(12, 3, top=0.4)])[None]
    (poses,) = family({"maps": maps}, [WHOLE])
    assert poses.found.tolist() == [[True, False]]
    assert np.isnan(poses.keypoints[0, 1, :2]).all()
    assert poses.keypoints[0, 0, 2] == 1


def test_no_crops_no_people():
    assert Family(TOPOLOGY, HeatmapOutputs("maps", 4))({"maps": np.zeros((0, 2, 32, 24), np.float32)}, []) == []


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ((1, 2, 32), "must be .batch, keypoints"),
        ((1, 1, 32, 24), "1 channels, topology 't' has 2"),
        ((1, 2, 16, 24), "16 cells in height"),
    ],
)
def test_what_is_no_such_network_is_refused(shape, message):
    with pytest.raises(ValueError, match=message):
        Family(TOPOLOGY, HeatmapOutputs("maps", 4)).check({"maps": shape}, 128, 96)


@pytest.mark.parametrize("values", [{"stride": 0}, {"stride": 4, "offset": 9}, {"stride": 4, "offset": 1, "udp": True}])
def test_wrong_descriptions_are_refused(values):
    with pytest.raises(ValueError, match="outputs"):
        HeatmapOutputs("maps", **values)
