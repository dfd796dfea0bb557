"""trt-pose demo: three processes, real DDS, the bundled model."""

import re
import sys
import urllib.request

import cv2
import pytest

FRAMES = 25
SHORT = f"""
import sys
from trt_pose_ros.cli import demo, main
demo.FRAMES = {FRAMES}
sys.exit(main.main(["demo", *sys.argv[1:]]))
"""


@pytest.fixture
def demo(processes):
    """Run a short demo and return (exit code, output)."""
    for package in ("skimage", "matplotlib"):
        pytest.importorskip(package, reason="the demo's photographs come with scikit-image and matplotlib")

    def run(*arguments):
        process = processes(sys.executable, "-c", SHORT, *arguments)
        return process.wait(), process.output

    return run


def test_it_says_what_it_does_and_the_clip_keeps_time(demo, tmp_path):
    code, output = demo("--output", tmp_path)
    assert code == 0, output
    assert output.startswith("A camera pans over two photographs, 25 frames in 2 s.")
    times = [float(time) for time in re.findall(r"^ +([\d.]+) s: ", output, re.MULTILINE)]
    frames, by_people = re.search(r"^(\d+) of the camera's 25 frames, (.*); \d+ identit", output, re.MULTILINE).groups()
    frames = int(frames)
    assert len(times) == frames == sum(map(int, re.findall(r"(\d+) with", by_people)))
    assert "light_person looks closer" in output  # the model is more than the file of its first network
    assert ("The other" in output) == (frames < FRAMES)
    assert not re.search(r"person (#\d+ )?[0-9] %", output)  # faint ones are left out
    clip = cv2.VideoCapture(str(tmp_path / "annotated.mp4"))
    assert clip.get(cv2.CAP_PROP_FRAME_COUNT) == pytest.approx(10 * (times[-1] - times[0]) + 1, abs=2)
    assert (tmp_path / "annotated.png").stat().st_size > 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--model", "/nowhere.onnx"], "nowhere.onnx does not exist"),
        (["--output", "/proc/demo"], "/proc/demo: No such file"),
    ],
)
def test_what_is_wrong_is_one_sentence(demo, arguments, sentence, tmp_path):
    code, output = demo("--output", tmp_path, *arguments)
    assert code == 2
    assert output.startswith("trt-pose demo: ")
    assert sentence in output
    assert output.count("\n") == 1


def test_the_live_page_is_served_until_ctrl_c(processes, tmp_path):
    pytest.importorskip("aiohttp", reason="the live page needs aiohttp")
    process = processes(sys.executable, "-c", SHORT, "--output", tmp_path, "--view")
    process.wait_for("Ctrl-C ends the demo.")
    page = re.search(r"Live page: (\S+)", process.output)[1]
    with urllib.request.urlopen(page) as answer:
        assert b"<html" in answer.read()
    assert (tmp_path / "annotated.png").exists()
    assert cv2.VideoCapture(str(tmp_path / "camera.mp4")).get(cv2.CAP_PROP_FRAME_COUNT) == 2 * FRAMES
    process.send()
    assert process.wait() == 0, process.output
    assert "Traceback" not in process.output


def test_a_node_that_fails_ends_it(demo, tmp_path):
    # OpenVINO would have to be there to run it, and nothing can
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"not a network")
    code, output = demo("--output", tmp_path, "--model", broken)
    assert code != 0
    assert "Traceback" not in output
