import numpy as np
import pytest

from trt_pose_ros import PoseDecoder, Topology

COCO = Topology.load("coco_17")
PAIR = Topology.from_category({"name": "pair", "keypoints": ["a", "b", "c"], "skeleton": [[1, 2], [2, 3]]})


def render(topology, people, height=40, width=48, sigma=1.0, radius=1.2):
    """The maps a perfect network gives for people: float [P, K, 2] in map cells, NaN where missing."""
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    cmap = np.zeros((1, len(topology.keypoints), height, width), np.float32)
    paf = np.zeros((1, 2 * len(topology.links), height, width), np.float32)
    for person in people:
        for k, (x, y) in enumerate(person):
            if np.isfinite(x):
                blob = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * sigma**2))
                cmap[0, k] = np.maximum(cmap[0, k], blob)
        for i, (a, b) in enumerate(topology.links):
            start, limb = person[a], person[b] - person[a]
            length = np.linalg.norm(limb)
            if not length > 0:
                continue
            u, v = limb / length
            along = (columns - start[0]) * u + (rows - start[1]) * v
            across = np.abs((columns - start[0]) * v - (rows - start[1]) * u)
            inside = (along >= -radius) & (along <= length + radius) & (across <= radius)
            paf[0, 2 * i][inside] = u
            paf[0, 2 * i + 1][inside] = v
    return cmap, paf


CHAIN = np.array([[[10.0, 10.0], [20.0, 12.0], [28.0, 20.0]]])


def test_one_person_is_found_where_it_is():
    (poses,) = PoseDecoder(PAIR)(*render(PAIR, CHAIN + 0.3))
    assert len(poses) == 1
    np.testing.assert_allclose(poses.keypoints[0, :, :2], CHAIN[0] + 0.3, atol=0.02)
    np.testing.assert_allclose(poses.keypoints[0, :, 2], 1, atol=0.05)


def test_an_empty_map_holds_nobody():
    (poses,) = PoseDecoder(COCO)(np.zeros((1, 17, 8, 8), np.float32), np.zeros((1, 38, 8, 8), np.float32))
    assert len(poses) == 0


@pytest.mark.parametrize(("option", "value"), [("peak_threshold", 0), ("threads", 0), ("link_samples", 1)])
def test_an_option_out_of_range_is_named(option, value):
    with pytest.raises(ValueError, match=f"{option} must be from .* got {value}"):
        PoseDecoder(PAIR, **{option: value})


def test_contradicting_shapes_are_refused():
    cmap, paf = render(PAIR, CHAIN)
    with pytest.raises(ValueError, match="cmap has 2 channels, topology 'pair' needs 3"):
        PoseDecoder(PAIR)(cmap[:, :2], paf)
    with pytest.raises(ValueError, match="agree in batch size"):
        PoseDecoder(PAIR)(cmap, paf[:, :, 1:])
