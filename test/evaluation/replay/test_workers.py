"""Any number of workers, kills, and folders that hold something: the same bytes, and nothing is lost."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("rosbags", reason="bags need the extra [replay]")
pytest.importorskip("mcap", reason="bags need the extra [replay]")
pytest.importorskip("onnx", reason="the tests' network is written with the onnx package")
pytest.importorskip("onnxruntime", reason="the tests' network runs on onnxruntime")

from making import write
from replaying import messages, replay, results, summary
from tiny_model import write_model

from trt_pose_ros.bags.reader import BagReader
from trt_pose_ros.evaluation.results import load_results

pytestmark = pytest.mark.usefixtures("small_parts")


def test_any_number_of_processes_gives_the_same_bytes(model, tmp_path):
    bags = [write(tmp_path / name, messages(25)) for name in ("a", "b")]
    assert replay(model, tmp_path / "one", *bags) == 0
    assert replay(model, tmp_path / "two", *bags, "--jobs", 2) == 0
    assert results(tmp_path / "one") == results(tmp_path / "two")
    assert [image.bag for image, _ in load_results(tmp_path / "two")] == ["a"] * 25 + ["b"] * 25
    for name in "ab":  # a bag each, beside the original
        with BagReader(tmp_path / "two" / "bag" / name) as bag:
            assert bag.topics["/skeletons"].count == 25


@pytest.mark.parametrize(
    ("jobs", "end", "code"),
    [(1, signal.SIGKILL, -signal.SIGKILL), (2, signal.SIGKILL, -signal.SIGKILL), (2, signal.SIGTERM, 130)],
    ids=["kill", "kill two", "terminate two"],
)
def test_after_its_end_it_goes_on_to_the_same_bytes(tmp_path, jobs, end, code):
    slow = str(write_model(tmp_path / "slow.onnx", work=20))
    bag = write(tmp_path / "bag", messages(60))
    command = """
import sys
import trt_pose_ros.evaluation.replay.replay as replay
from trt_pose_ros.cli.main import main
replay.PART = 7
if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
"""
    program = tmp_path / "program.py"
    program.write_text(command)
    arguments = ["replay", str(bag), "--model", slow, "--backend", "onnxruntime", "--jobs", str(jobs)]
    output = tmp_path / "killed"
    process = subprocess.Popen([sys.executable, program, *arguments, "--output", output])
    while process.poll() is None and len(list(output.glob("unfinished/*.npz"))) < 2:
        time.sleep(0.005)
    process.send_signal(end)
    assert process.wait() == code  # it was not done yet
    assert replay(slow, output, bag, "--jobs", jobs) == 0
    assert summary(output)["resumed"] >= 0.2
    assert replay(slow, tmp_path / "whole", bag) == 0
    assert results(output) == results(tmp_path / "whole")
    assert not (output / "unfinished").exists()


def test_a_killed_worker_is_replaced(model, tmp_path, monkeypatch, capsys):
    bag = write(tmp_path / "bag", messages(60))
    assert replay(model, tmp_path / "one", bag) == 0
    killed = []

    def kill_one(images, total):
        for image in images:
            if not killed:
                children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
                workers = [c for c in children if "spawn_main" in Path(f"/proc/{c}/cmdline").read_text()]
                os.kill(int(workers[0]), signal.SIGKILL)
                killed.append(workers[0])
            yield image

    monkeypatch.setattr("trt_pose_ros.cli.replay._show", kill_one)
    assert replay(model, tmp_path / "two", bag, "--jobs", 2) == 0
    assert killed
    assert results(tmp_path / "one") == results(tmp_path / "two")


def test_a_finished_folder_is_kept_unless_told(model, tmp_path, capsys):
    bag = write(tmp_path / "bag", messages(3))
    assert replay(model, tmp_path / "out", bag) == 0
    before = results(tmp_path / "out")
    assert replay(model, tmp_path / "out", bag) == 2
    assert "holds results already: name another folder, or give --overwrite" in capsys.readouterr().err
    assert replay(model, tmp_path / "out", bag, "--overwrite") == 0
    assert results(tmp_path / "out") == before


def test_an_unfinished_folder_of_something_else_is_kept_too(model, tmp_path, capsys):
    bag = write(tmp_path / "bag", messages(3))
    (tmp_path / "out" / "unfinished").mkdir(parents=True)
    (tmp_path / "out" / "unfinished" / "plan.json").write_text('{"model": "another"}')
    assert replay(model, tmp_path / "out", bag) == 2
    assert "holds an unfinished replay with another version, model" in capsys.readouterr().err
