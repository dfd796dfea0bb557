"""The whole path on a real photograph, with real networks, against positions set by hand."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest

from trt_pose_ros import PosePipeline, Topology, backends
from trt_pose_ros.model_file import LIGHT, ModelFile

SHARED = Path(os.environ.get("TRT_POSE_SHARED") or Path(__file__).parents[1].parent / "shared")
REFERENCE = SHARED / "data/models/human-pose-estimation-0001/human-pose-estimation-0001.xml"
CARD = Path(__file__).parents[1] / "docs/models/light.md"

# Eileen Collins in scikit-image's astronaut.png, pixels, her own left and right; the shoulders are under the suit
ASTRONAUT = {
    "nose": (223, 123),
    "right_eye": (203, 100),
    "left_eye": (246, 102),
    "right_shoulder": (93, 269),
    "left_shoulder": (323, 272),
    "neck": (208, 271),
}


@pytest.fixture(scope="module", params=["bundled", "reference"])
def pipeline(request):
    if request.param == "bundled":
        return PosePipeline.open(LIGHT)
    pytest.importorskip("openvino", reason="OpenVINO is not installed")
    if not REFERENCE.is_file():
        pytest.skip(f"the reference network is not at {REFERENCE}")
    return PosePipeline.open(REFERENCE)


@pytest.fixture(scope="module")
def astronaut():
    spec = find_spec("skimage")
    image = cv2.imread(str(Path(spec.origin).parent / "data/astronaut.png")) if spec else None
    if image is None:
        pytest.skip("scikit-image, which has the photograph, is not installed")
    return image


def best(pipeline, image):
    (poses,) = pipeline([image])
    return poses[int(poses.scores.argmax())]


def test_joints_of_the_astronaut_lie_where_they_are(pipeline, astronaut):
    """All of them for the reference network; the bundled one finds the face, the shoulders not under a space suit."""
    face = {name: ASTRONAUT[name] for name in ("nose", "right_eye", "left_eye")}
    joints = face if pipeline.model.path == LIGHT else ASTRONAUT
    found = best(pipeline, astronaut)
    face_to_shoulder = np.hypot(*np.subtract(ASTRONAUT["nose"], ASTRONAUT["right_shoulder"]))
    for name, place in joints.items():
        x, y, score = found.keypoint(name)[0]
        assert score > 0.2, name
        assert np.hypot(x - place[0], y - place[1]) < 0.05 * face_to_shoulder, f"{name} at ({x:.0f}, {y:.0f})"


def test_left_and_right_are_the_persons_own_in_the_mirror_too(pipeline, astronaut):
    straight, mirrored = best(pipeline, astronaut), best(pipeline, np.ascontiguousarray(astronaut[:, ::-1]))
    bundled = pipeline.model.path == LIGHT
    for side, other in (("left_eye", "right_eye"), ("left_shoulder", "right_shoulder"))[: 1 if bundled else 2]:
        x = straight.keypoint(side)[0, 0]
        assert astronaut.shape[1] - 1 - mirrored.keypoint(other)[0, 0] == pytest.approx(x, abs=10)


def test_cameras_of_one_batch_see_what_they_see_alone(pipeline, astronaut):
    small = cv2.resize(astronaut, None, fx=0.5, fy=0.5)
    alone = [best(pipeline, image).keypoints for image in (astronaut, small)]
    together = [poses.keypoints[int(poses.scores.argmax())] for poses in pipeline([astronaut, small])]
    for one, other in zip(alone, together, strict=True):
        found = (one[0, :, 2] > 0.3) & (other[:, 2] > 0.3)
        assert found.sum() >= 6
        np.testing.assert_allclose(one[0, found, :2], other[found, :2], atol=2)


def test_the_bundled_model_is_small_and_says_what_it_is():
    manifest = ModelFile.load(LIGHT).manifest
    assert LIGHT.stat().st_size <= 10e6
    assert manifest.licence == "Apache-2.0"
    assert manifest.topology.keypoints == Topology.load("openpose_18").keypoints
    if CARD.is_file():  # not in an installation
        assert f"{manifest.input.height}x{manifest.input.width}" in CARD.read_text()


def test_runtimes_find_the_same_in_the_bundled_model(astronaut):
    installed = [name for name in backends.NAMES if backends.is_usable(name)]
    found = [best(PosePipeline.open(LIGHT, name), astronaut).keypoints[0] for name in installed]
    if len(found) < 2:
        pytest.skip(f"of {', '.join(backends.NAMES)} only {', '.join(installed) or 'none'} is installed")
    sure = (found[0][:, 2] > 0.3) & (found[1][:, 2] > 0.3)
    assert sure.sum() >= 6
    np.testing.assert_allclose(found[0][sure, :2], found[1][sure, :2], atol=3)


def test_the_bundled_model_finds_the_same_without_vnni(astronaut, tmp_path):
    """Sums of 8-bit products saturate on processors that have AVX2 only, unless the network is made for them."""
    pytest.importorskip("openvino", reason="OpenVINO is not installed")
    np.save(tmp_path / "image.npy", astronaut)
    program = f"""if True:
        import numpy as np
        from trt_pose_ros import PosePipeline
        pipeline = PosePipeline.open({str(LIGHT)!r}, "openvino", precision="float32")
        pipeline([np.load({str(tmp_path / "image.npy")!r})])
        np.savez({str(tmp_path)!r} + "/maps.npz", **pipeline.backend.run(1))
    """
    found = []
    for changes in ({}, {"ONEDNN_MAX_CPU_ISA": "AVX2"}):
        environment = {k: v for k, v in os.environ.items() if k != "ONEDNN_MAX_CPU_ISA"} | changes
        subprocess.run([sys.executable, "-c", program], env=environment, check=True, timeout=120)
        found.append(dict(np.load(tmp_path / "maps.npz")))
    usual, without = found
    for name, maps in usual.items():
        assert np.sqrt(np.mean((without[name] - maps) ** 2)) < 0.05 * maps.std(), name
