import errno
import os
import subprocess
import sys

import pytest

from trt_pose_ros.cli.errors import sentence
from trt_pose_ros.cli.main import main


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "out/keypoints.json"),
            "out/keypoints.json: No space left on device",
        ),
        (OSError(errno.EXDEV, "Invalid cross-device link", "a", None, "b"), "a -> b: Invalid cross-device link"),
        (OSError(errno.EIO, "Input/output error"), "Input/output error"),
        (OSError("cannot write x: a reason"), "cannot write x: a reason"),
        (PermissionError(errno.EACCES, "Permission denied", b"bytes"), "bytes: Permission denied"),
        (ValueError("a sentence"), "a sentence"),
        (ValueError(), "ValueError"),
        (MemoryError(), "not enough memory"),
    ],
)
def test_errors_are_sentences(error, text):
    assert sentence(error) == text


@pytest.mark.parametrize("arguments", [[], ["fly"], ["run"], ["run", "x", "--wings"]])
def test_wrong_commands_are_exit_code_2(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "trt-pose" in capsys.readouterr().err


def test_the_version(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("trt_pose_ros ")


def test_a_reader_that_has_had_enough_is_no_error():
    read, write = os.pipe()
    os.close(read)
    program = "import sys; from trt_pose_ros.cli import errors, main; import trt_pose_ros.cli.run as run\n"
    program += "run.main = lambda _: print('x' * 100000, flush=True)\nsys.exit(main.main(['run', 'x']))"
    process = subprocess.Popen([sys.executable, "-c", program], stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 141
    assert error == b""
