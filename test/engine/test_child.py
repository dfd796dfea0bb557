import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from engines import needs_builder, spec
from tiny_model import write_model

from trt_pose_ros.engine import child, memory
from trt_pose_ros.engine.build import BuildError

pytest.importorskip("onnx", reason="the tests' network is written with the onnx package")
needs_builder()


@pytest.fixture
def model(tmp_path):
    return write_model(tmp_path / "tiny.onnx")


def build(wanted, folder, on_progress=lambda _: None):
    return child.build_in_child(wanted, folder / "it.engine", folder / "it.cache", on_progress)


def children(parent):
    """Process ids of the processes that ``parent`` has started and that run now."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, owner = entry.read_text().rpartition(")")[2].split()[:2]
        except OSError:  # it has ended meanwhile
            continue
        if int(owner) == parent and state != "Z":
            found.add(int(entry.parent.name))
    return found


def runs(process):
    """Whether a process is there and not just waiting to be buried."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_it_builds_and_tells_how_far_it_is(model, tmp_path):
    told = []
    answer = build(spec(model), tmp_path, told.append)
    assert (tmp_path / "it.engine").stat().st_size == answer["size"] > 10_000
    assert answer["layers"] > 5
    percents = [p.percent for p in told]
    assert percents == sorted(percents)
    assert len(set(percents)) > 5
    assert percents[-1] == 100


def test_the_childs_refusal_is_ours(model, tmp_path):
    with pytest.raises(BuildError, match="no input 'pixels'"):
        build(spec(model, input="pixels"), tmp_path)
    with pytest.raises(OSError, match=r"cannot write .*none/it\.engine: No such file or directory"):
        build(spec(model), tmp_path / "none")


def test_the_child_has_neither_torch_nor_ros_nor_numpy(model, tmp_path):
    program = f"""if True:
        import sys
        from trt_pose_ros.engine import flavour
        from trt_pose_ros.engine.build import BuildSpec
        from trt_pose_ros.engine.child import _build
        request = {{"spec": {vars(spec(model))!r}, "engine": {str(tmp_path / "e")!r}, "timing_cache": "none"}}
        _build(request, lambda *_: None)
        print(*{{"torch", "rclpy", "cv2", "onnxruntime"}} & set(sys.modules))
    """
    ended = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert (ended.returncode, ended.stdout.strip()) == (0, ""), ended.stderr


def test_a_killed_builder_is_told_with_advice_about_memory(model, tmp_path):
    os.mkfifo(tmp_path / "it.engine")  # the builder waits there for a reader
    before = children(os.getpid())

    def kill(_):
        for pid in children(os.getpid()) - before:
            os.kill(pid, 9)

    with pytest.raises(BuildError, match=r"was killed, most likely for lack of memory .*swapon"):
        build(spec(model), tmp_path, kill)


def test_an_interrupt_ends_the_builder(model, tmp_path):
    before = children(os.getpid())

    def interrupt(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(spec(model), tmp_path, interrupt)
    assert not children(os.getpid()) - before


def test_a_builder_does_not_outlive_its_parent(model, tmp_path):
    os.mkfifo(tmp_path / "it.engine")  # the builder waits there for a reader
    program = f"""if True:
        import sys
        sys.path[:0] = {sys.path!r}
        from pathlib import Path
        from trt_pose_ros.engine import child
        from trt_pose_ros.engine.build import BuildSpec
        wanted = BuildSpec(**{vars(spec(model))!r})
        child.build_in_child(wanted, Path("it.engine"), Path("it.cache"), lambda p: print(p.percent, flush=True))
    """
    parent = subprocess.Popen([sys.executable, "-c", program], cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    assert parent.stdout.readline()
    (builder,) = children(parent.pid)
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 20
    while runs(builder) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not runs(builder)


def test_short_memory_is_said_before_the_build(model, tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: {"memory": 200 << 20, "swap": 0})
    with pytest.raises(BuildError, match=r"takes about 700 MiB, but only 200 MiB of memory and 0 MiB of swap .*swapon"):
        build(spec(model), tmp_path)
    monkeypatch.setattr(memory, "available", dict)  # no /proc: nothing is known, so it is tried
    assert build(spec(model), tmp_path)["size"] > 0
