"""The compiled code as it is reached from Python."""

import platform
import subprocess
import sys
import sysconfig

import pytest

import trt_pose_ros
from trt_pose_ros.native import build_info


def test_the_build_says_what_it_is():
    info = build_info()
    assert info["version"] == trt_pose_ros.__version__
    assert info["build_type"] == "release"
    assert info["compiler"].split()[0] in ("GCC", "Clang")
    assert info["architecture"] == {"x86_64": "x86_64", "aarch64": "aarch64"}.get(platform.machine(), "other")
    assert info["simd"] in {"x86_64": ("sse2", "avx2"), "aarch64": ("neon",), "other": ("none",)}[info["architecture"]]


def test_code_compiled_for_another_version_is_refused():
    program = "import trt_pose_ros; trt_pose_ros.__version__ = '9.9'; import trt_pose_ros.native"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert f"compiled for version {trt_pose_ros.__version__}, but this is version 9.9" in result.stderr


@pytest.mark.skipif(not sysconfig.get_config_var("Py_GIL_DISABLED"), reason="this Python always has the GIL")
def test_the_gil_stays_off():
    assert not sys._is_gil_enabled()
