"""A Ray cluster of two workers on this machine: the same bytes, though a worker is killed."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest

pytest.importorskip("rosbags", reason="bags need the extra [replay]")
pytest.importorskip("onnx", reason="the tests' network is written with the onnx package")
pytest.importorskip("onnxruntime", reason="the tests' network runs on onnxruntime")
pytest.importorskip("ray", reason="clusters need the extra [cluster]")

from making import write
from replaying import messages
from tiny_model import write_model

from trt_pose_ros.cli.main import main


def replay(model, bag, output, *arguments):
    given = [str(bag), "--model", model, "--output", str(output), "--backend", "onnxruntime", *arguments]
    assert main(["replay", *given]) == 0
    return (output / "results.jsonl").read_bytes()


def workers():
    """Process ids of Ray's workers of this process that are at work."""
    for status in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            name, environment = status.read_bytes(), status.with_name("environ").read_bytes()
        except OSError:
            continue
        if name.startswith(b"ray::detect") and f"TRT_POSE_TEST={os.getpid()}".encode() in environment:
            yield int(status.parent.name)


@pytest.mark.slow
def test_two_workers_give_the_same_and_one_may_die(tmp_path, monkeypatch):
    monkeypatch.setattr("trt_pose_ros.evaluation.replay.replay.PART", 5)
    monkeypatch.setenv("TRT_POSE_TEST", str(os.getpid()))
    model = str(write_model(tmp_path / "slow.onnx", work=20))
    bag = write(tmp_path / "bag", messages(100))
    alone = replay(model, bag, tmp_path / "alone")
    killed, done = [], threading.Event()

    def kill_one():
        while not killed and not done.is_set():
            killed.extend(list(workers())[:1])
            time.sleep(0.02)
        for worker in killed:
            os.kill(worker, signal.SIGKILL)

    killer = threading.Thread(target=kill_one)
    killer.start()
    try:
        assert replay(model, bag, tmp_path / "cluster", "--ray", "local", "--jobs", "2") == alone
    finally:
        done.set()
        killer.join()
    assert killed
