"""Lessons of a teacher whose answers are known, and hints from inside it."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs PyTorch: pip install '.[train]'")
pytest.importorskip("openvino", reason="teachers run in OpenVINO: pip install openvino")

import tiny_model  # noqa: E402

from trt_pose_ros import Topology  # noqa: E402
from trt_pose_ros.backends import infer  # noqa: E402
from trt_pose_ros.model_file import ModelFile  # noqa: E402
from trt_pose_training.distill.teacher import Teacher  # noqa: E402

TEACHERS = tiny_model.TOPOLOGY
PEOPLE = [tiny_model.person(30, 40, 50), tiny_model.person(90, 35, 55)]


def topology(keypoints, links):
    """A student's topology, its links by name."""
    skeleton = [[keypoints.index(a) + 1, keypoints.index(b) + 1] for a, b in links]
    return Topology.from_category({"name": "student", "keypoints": keypoints, "skeleton": skeleton})


def two_people():
    """uint8 [1, H, W, 3] BGR of two people."""
    return torch.from_numpy(tiny_model.picture(PEOPLE, tiny_model.WIDTH, tiny_model.HEIGHT)[None])


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return tiny_model.write_model(tmp_path_factory.mktemp("teacher") / "teacher.onnx")


@pytest.fixture(scope="module")
def lesson(model):
    """What the teacher teaches a student with its own topology."""
    return Teacher(model, TEACHERS, tiny_model.STRIDE, "bgr")(two_people())


def test_a_student_with_the_teachers_topology_learns_all_of_it(model, lesson):
    maps = infer(ModelFile.load(model), two_people().numpy())
    outputs = ModelFile.load(model).manifest.outputs
    np.testing.assert_allclose(lesson.heatmaps, maps[outputs.heatmaps][:, : len(TEACHERS.keypoints)], atol=1e-5)
    np.testing.assert_allclose(lesson.pafs, maps[outputs.pafs], atol=1e-5)
    assert lesson.heatmap_known.flatten().tolist() == [1] * len(TEACHERS.keypoints)
    assert lesson.paf_known.flatten().tolist() == [1] * 2 * len(TEACHERS.links)


def test_batches_begun_ahead_get_their_own_lessons(model):
    teacher = Teacher(model, TEACHERS, tiny_model.STRIDE, "bgr")
    batches = [two_people(), two_people().flip(2), two_people().flip(1)]
    alone = [teacher(images).heatmaps for images in batches]
    for images in batches[:2]:
        teacher.begin(images)
    for images, heatmaps in zip(batches, alone, strict=True):  # the last was not begun
        assert torch.equal(teacher(images).heatmaps, heatmaps)
    assert not torch.equal(alone[0], alone[1])


def test_maps_are_matched_by_name_and_what_the_teacher_does_not_know_is_not_taught(model, lesson):
    links = [("tail", "neck"), ("neck", "left_wrist"), ("nose", "left_wrist")]
    student = topology(["tail", "left_wrist", "neck", "nose"], links)
    taught = Teacher(model, student, tiny_model.STRIDE, "bgr")(two_people())
    assert taught.heatmap_known.flatten().tolist() == [0, 1, 1, 1]
    assert not taught.heatmaps[:, 0].any()
    for k, name in enumerate(student.keypoints[1:], 1):
        assert torch.equal(taught.heatmaps[:, k], lesson.heatmaps[:, TEACHERS.keypoints.index(name)])
    assert taught.paf_known.flatten().tolist() == [0, 0, 1, 1, 0, 0]  # it has no limb from nose to wrist
    link = TEACHERS.links.index((TEACHERS.keypoints.index("neck"), TEACHERS.keypoints.index("left_wrist")))
    assert torch.equal(taught.pafs[:, 2:4], lesson.pafs[:, 2 * link : 2 * link + 2])
    assert not taught.pafs[:, [0, 1, 4, 5]].any()


def test_a_limb_that_points_the_other_way_is_turned(model, lesson):
    names = [tuple(TEACHERS.keypoints[k] for k in link) for link in TEACHERS.links]
    student = topology(list(TEACHERS.keypoints), [(b, a) for a, b in names])
    taught = Teacher(model, student, tiny_model.STRIDE, "bgr")(two_people())
    torch.testing.assert_close(taught.pafs, -lesson.pafs)


def test_components_come_in_the_students_order(model, lesson, tmp_path):
    manifest = ModelFile.load(model).manifest
    turned = replace(manifest, outputs=replace(manifest.outputs, paf_order="yx"))
    ModelFile.write(tmp_path / "yx.onnx", model.read_bytes(), turned)
    taught = Teacher(tmp_path / "yx.onnx", TEACHERS, tiny_model.STRIDE, "bgr")(two_people())
    pairs = lesson.pafs.unflatten(1, (-1, 2)).flip(2).flatten(1, 2)
    torch.testing.assert_close(taught.pafs, pairs)


def test_colours_come_in_the_teachers_order(model, lesson):
    taught = Teacher(model, TEACHERS, tiny_model.STRIDE, "rgb")(two_people().flip(3).contiguous())
    torch.testing.assert_close(taught.heatmaps, lesson.heatmaps, atol=1e-4, rtol=1e-4)


def test_what_does_not_fit_is_named(model):
    with pytest.raises(ValueError, match="maps of stride 4, the student of 8"):
        Teacher(model, TEACHERS, 8, "bgr")
    with pytest.raises(ValueError, match="knows none of the keypoints tip, root"):
        Teacher(model, topology(["tip", "root"], [("tip", "root")]), 4, "bgr")
    with pytest.raises(ValueError, match="no tensor 'nothing'"):
        Teacher(model, TEACHERS, 4, "bgr", hints=["nothing"])
    with pytest.raises(FileNotFoundError):
        Teacher("nowhere.onnx", TEACHERS, 4, "bgr")


def test_hints_come_from_inside_the_teacher(model):
    import openvino as ov

    network = ov.Core().read_model(model)
    name = next(op.get_friendly_name() for op in network.get_ops() if op.get_type_name() in ("Convolution", "MatMul"))
    taught = Teacher(model, TEACHERS, tiny_model.STRIDE, "bgr", hints=[name])(two_people())
    assert taught.hints[name].shape[0] == 1
    assert taught.hints[name].abs().max() > 0
