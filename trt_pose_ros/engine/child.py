"""Build in a process of its own: no torch, no ROS, nothing of the robot in it, and it may die without harm.

The parent starts this module, writes one line of JSON (the request) and reads one line of JSON for each step. The
child ends by itself when its standard input closes, so a killed parent leaves no builder behind. It also asks the
kernel to be the first to go when memory runs out: a board loses the build and not its robot.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import select
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .build import BuildError, BuildSpec
from .memory import check_memory, killed_for_memory

HEARTBEAT = 1.0  # seconds between two calls of the callback at most, whatever TensorRT does


@dataclass(frozen=True)
class Progress:
    """Where a build stands.

    Attributes:
        stage: what TensorRT does, in its own words.
        percent: 0 to 100; it only grows.
        seconds: since the build began.
    """

    stage: str
    percent: float
    seconds: float

    def __str__(self) -> str:
        return f"building the TensorRT engine, {self.percent:.0f} % after {self.seconds:.0f} s: {self.stage}"


def build_in_child(
    spec: BuildSpec,
    engine: Path,
    timing_cache: Path,
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> dict[str, Any]:
    """Build an engine into the file ``engine``, complete and on the disk when this returns.

    Args:
        timing_cache: file of timings, read where it exists and written anew.
        on_progress: called at each step, and once a second anyway.

    Returns:
        what the child tells: size and sha256 of the engine, flavour, version, layers, warnings, seconds.

    Raises:
        BuildError: the model can't be built, memory is short, or the builder died; with what to do.
        ImportError: TensorRT is missing or unknown.
        OSError: a file can't be written.
    """
    check_memory(Path(spec.model).stat().st_size)
    began = time.monotonic()
    request = {"spec": asdict(spec), "engine": str(engine), "timing_cache": str(timing_cache)}
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [sys.executable, "-c", f"from {__name__} import main; main()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=_environment(),
            start_new_session=True,  # Ctrl-C is the parent's business
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            with contextlib.suppress(BrokenPipeError):  # then it has died, which the answer tells
                process.stdin.write(json.dumps(request).encode() + b"\n")
                process.stdin.flush()
            answer = _follow(process.stdout.fileno(), began, on_progress)
            if answer is None:
                process.stdin.close()
                errors.seek(0)
                raise BuildError(_death(process.wait(), errors.read().decode(errors="replace")))
        finally:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    pipe.close()
    if "error" in answer:
        kind = {"ImportError": ImportError, "OSError": OSError}.get(answer["error"], BuildError)
        raise kind(answer["message"])
    return answer | {"seconds": round(time.monotonic() - began, 1)}


def _follow(pipe: int, began: float, on_progress: Callable[[Progress], None]) -> dict[str, Any] | None:
    """Pass on the child's steps until it answers; None if it ends without an answer."""
    stage, percent, pending = "starting", 0.0, b""
    while True:
        ready, _, _ = select.select([pipe], [], [], HEARTBEAT)
        if not ready:
            on_progress(Progress(stage, percent, time.monotonic() - began))
            continue
        received = os.read(pipe, 1 << 16)
        if not received:
            return None
        *lines, pending = (pending + received).split(b"\n")
        for message in map(json.loads, lines):
            if "stage" not in message:
                return message
            stage, percent = message["stage"], message["percent"]
            on_progress(Progress(stage, percent, time.monotonic() - began))


def _environment() -> dict[str, str]:
    """Ours, so that the child finds this very package and what the parent has found."""
    package = str(Path(__file__).parents[2])
    return os.environ | {"PYTHONPATH": os.pathsep.join([package, *(p for p in sys.path if p)])}


def _death(code: int, errors: str) -> str:
    """What to say of a builder that ended without an answer."""
    if code == -9:
        return killed_for_memory()
    last = next((line for line in reversed(errors.splitlines()) if line.strip()), "it left no words")
    how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
    return f"TensorRT's builder {how}: {last.strip()}; try again, or run the model with `backend: onnxruntime`"


def main() -> None:
    """The child: read the request, build, answer."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # libraries that print must not disturb the answers
    request = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
    lock = threading.Lock()

    def tell(message: dict[str, Any]) -> None:
        with lock:
            answers.write(json.dumps(message) + "\n")
            answers.flush()

    try:
        answer = _build(request, lambda stage, share: tell({"stage": stage, "percent": round(100 * share, 1)}))
    except (ImportError, BuildError, OSError, MemoryError) as error:
        kind = next(k.__name__ for k in (ImportError, OSError, BuildError, MemoryError) if isinstance(error, k))
        answer = {"error": kind, "message": str(error) or "there is not enough memory to build this engine"}
    tell(answer)
    os._exit(0)  # TensorRT's own threads need not be waited for


def _build(request: dict[str, Any], report: Callable[[str, float], None]) -> dict[str, Any]:
    from .build import build
    from .flavour import load

    cache = Path(request["timing_cache"])
    flavour = load()
    built = build(BuildSpec(**request["spec"]), flavour, cache.read_bytes() if cache.is_file() else b"", report)
    engine = memoryview(built.engine)
    report("writing the engine", 1.0)
    write_durably(Path(request["engine"]), engine)
    if built.timing_cache:
        part = cache.with_name(cache.name + ".part")
        write_durably(part, built.timing_cache)
        part.replace(cache)
    return {
        "size": engine.nbytes,
        "sha256": hashlib.sha256(engine).hexdigest(),
        "flavour": flavour.name,
        "version": flavour.version,
        "layers": built.layers,
        "warnings": built.warnings[:20],
    }


def write_durably(path: Path, data: bytes | memoryview) -> None:
    """Write a file that is on the disk when this returns."""
    try:
        with path.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise OSError(f"cannot write {path}: {error.strerror}") from None


def _end_with_parent() -> None:
    """Standard input closes when the parent ends, however it ends."""
    sys.stdin.read()
    os._exit(1)
