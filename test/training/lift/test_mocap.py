"""Motion capture files become COCO's joints."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="the training package needs torch")

from trt_pose_training.lift import mocap

ASF = """:version 1.10
:name VICON
:units
  length 0.45
  angle deg
:root
   order TX TY TZ RX RY RZ
:bonedata
{bones}:hierarchy
  begin
    root lhipjoint rhipjoint lowerback
    lhipjoint lfemur
    lfemur ltibia
    rhipjoint rfemur
    rfemur rtibia
    lowerback head lclavicle rclavicle
    lclavicle lhumerus
    lhumerus lradius
    rclavicle rhumerus
    rhumerus rradius
  end
"""
# name: direction in the laboratory's axes (x left, y up, z ahead), length, axis, turning
BONES = {
    "lhipjoint": ((1, 0, 0), 2, None),
    "rhipjoint": ((-1, 0, 0), 2, None),
    "lfemur": ((0, -1, 0), 8, "rx ry rz"),
    "rfemur": ((0, -1, 0), 8, "rx ry rz"),
    "ltibia": ((0, -1, 0), 8, "rx"),
    "rtibia": ((0, -1, 0), 8, "rx"),
    "lowerback": ((0, 1, 0), 9, "rx ry rz"),
    "head": ((0, 1, 0), 4, "rx ry rz"),
    "lclavicle": ((1, 0, 0), 3, "ry rz"),
    "rclavicle": ((-1, 0, 0), 3, "ry rz"),
    "lhumerus": ((1, 0, 0), 5, "rx ry rz"),
    "rhumerus": ((-1, 0, 0), 5, "rx ry rz"),
    "lradius": ((1, 0, 0), 4, "rx"),
    "rradius": ((-1, 0, 0), 4, "rx"),
}
METRE = 0.45 / 0.0254


def write(folder, frames):
    bones = "".join(
        f"  begin\n name {name}\n direction {' '.join(map(str, way))}\n length {length}\n axis 0 0 0 XYZ\n"
        + (f" dof {dof}\n" if dof else "")
        + "  end\n"
        for name, (way, length, dof) in BONES.items()
    )
    (folder / "07.asf").write_text(ASF.format(bones=bones))
    lines = ["#!OML", ":FULLY-SPECIFIED", ":DEGREES"]
    for number, frame in enumerate(frames, 1):
        lines.append(str(number))
        for name, (_, _, dof) in {"root": (0, 0, "x y z rx ry rz"), **BONES}.items():
            if dof:
                values = frame.get(name, [0] * len(dof.split()))
                lines.append(f"{name} {' '.join(map(str, values))}")
    (folder / "07_01.amc").write_text("\n".join(lines) + "\n")
    return folder / "07_01.amc"


def joints_of(folder, **frame):
    joints = mocap.read_amc(write(folder, [{"root": [0, 16, 0, 0, 0, 0], **frame}] * 4))
    assert joints.shape == (1, 17, 3)
    return dict(zip(mocap._TOPOLOGY.keypoints, joints[0] * METRE, strict=True))


def test_a_body_at_rest(tmp_path):
    at = joints_of(tmp_path)
    # ahead is x, left is y, up is z
    np.testing.assert_allclose(at["left_hip"], (0, 2, 16), atol=1e-9)
    np.testing.assert_allclose(at["right_ankle"], (0, -2, 0), atol=1e-9)
    np.testing.assert_allclose(at["left_wrist"], (0, 12, 25), atol=1e-9)
    assert at["nose"][0] > at["left_eye"][0] > at["left_ear"][0]
    assert at["left_ear"][1] > 0 > at["right_ear"][1]


def test_a_thigh_that_turns_takes_the_shin_along(tmp_path):
    at = joints_of(tmp_path, lfemur=[-90, 0, 0])  # up to the front
    np.testing.assert_allclose(at["left_knee"], (8, 2, 16), atol=1e-6)
    np.testing.assert_allclose(at["left_ankle"], (16, 2, 16), atol=1e-6)
    at = joints_of(tmp_path, lfemur=[-90, 0, 0], ltibia=[90])
    np.testing.assert_allclose(at["left_ankle"], (8, 2, 8), atol=1e-6)


def test_bones_keep_their_lengths(tmp_path):
    rng = np.random.default_rng(0)
    frame = {name: rng.uniform(-60, 60, len(dof.split())) for name, (_, _, dof) in BONES.items() if dof}
    at = joints_of(tmp_path, **frame)
    for a, b, length in (("left_hip", "left_knee", 8), ("right_elbow", "right_wrist", 4)):
        assert np.linalg.norm(at[a] - at[b]) == pytest.approx(length)


def test_text_files_of_angles(tmp_path):
    values = np.zeros((6, 117))
    values[:, 1] = 16.0
    values[1:, 3 + 3 * 2 :][:, 0] = 0.0
    np.savetxt(tmp_path / "walk.txt", values, delimiter=",")
    ((name, joints),) = mocap.read_all(tmp_path)
    assert name == "walk"
    assert joints.shape == (2, 17, 3)
    at = dict(zip(mocap._TOPOLOGY.keypoints, joints[0], strict=True))
    assert at["nose"][2] > at["left_shoulder"][2] > at["left_hip"][2] > at["left_knee"][2] > at["left_ankle"][2]
    assert at["nose"][0] > at["left_ear"][0]
    assert 1.3 < at["nose"][2] - at["left_ankle"][2] < 1.8


def test_what_is_no_motion(tmp_path):
    with pytest.raises(ValueError, match="no motions"):
        list(mocap.read_all(tmp_path))
    np.savetxt(tmp_path / "odd.txt", np.zeros((3, 5)), delimiter=",")
    with pytest.raises(ValueError, match="5 numbers"):
        list(mocap.read_all(tmp_path))
    (tmp_path / "lone.amc").write_text("1\nroot 0 0 0 0 0 0\n")
    with pytest.raises(ValueError, match=r"0 \.asf"):
        mocap.read_amc(tmp_path / "lone.amc")
