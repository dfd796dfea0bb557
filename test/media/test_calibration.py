import pytest
import yaml

from trt_pose_ros.media.calibration import read_calibration


def matrix(rows, columns):
    return {"rows": rows, "cols": columns, "data": [float(i) for i in range(rows * columns)]}


CALIBRATION = {
    "image_width": 640,
    "image_height": 480,
    "camera_name": "front",
    "camera_matrix": matrix(3, 3),
    "distortion_model": "plumb_bob",
    "distortion_coefficients": matrix(1, 5),
    "rectification_matrix": matrix(3, 3),
    "projection_matrix": matrix(3, 4),
}


def written(path, content):
    path.write_text(yaml.safe_dump(content))
    return path


def test_a_calibration_file(tmp_path):
    calibration = read_calibration(written(tmp_path / "camera.yaml", CALIBRATION))
    assert (calibration.width, calibration.height, calibration.distortion_model) == (640, 480, "plumb_bob")
    assert (list(calibration.d), calibration.k[8], calibration.p[11]) == ([0, 1, 2, 3, 4], 8, 11)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"camera_matrix": matrix(2, 2)}, "a matrix has 4 numbers, expected 9"),
        ({"camera_matrix": 5}, "is not a calibration file"),
        ({"image_width": "wide"}, "is not a calibration file"),
        ({"image_width": -1}, "is not a calibration file"),
        ({"distortion_coefficients": {"data": ["a"]}}, "is not a calibration file"),
    ],
)
def test_a_wrong_file_is_named(tmp_path, change, sentence):
    with pytest.raises(ValueError, match=sentence):
        read_calibration(written(tmp_path / "camera.yaml", CALIBRATION | change))


def test_a_missing_part_is_named(tmp_path):
    partial = {key: value for key, value in CALIBRATION.items() if key != "projection_matrix"}
    with pytest.raises(ValueError, match="has no 'projection_matrix'"):
        read_calibration(written(tmp_path / "camera.yaml", partial))


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe\x00", b"[1, 2]", b"", b"just words"])
def test_what_is_no_such_file(tmp_path, content):
    (tmp_path / "camera.yaml").write_bytes(content)
    with pytest.raises(ValueError, match="is not a calibration file"):
        read_calibration(tmp_path / "camera.yaml")


def test_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"missing\.yaml"):
        read_calibration(tmp_path / "missing.yaml")
