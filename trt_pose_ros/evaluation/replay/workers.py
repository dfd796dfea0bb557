"""Where the parts of a replay are worked on: in this process, in several, or on a Ray cluster.

Each of the functions here takes numbered tasks and gives (number, packed part) in whatever order they get done.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import threading
from collections.abc import Generator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing.connection import Connection
from typing import Any

from .detect import Network, Pace, Task, detect

Done = Generator[tuple[int, bytes], None, None]

_RETRIES = 3  # of a task whose worker died
_REACHABLE = 10.0  # seconds to answer in
_AHEAD = 2  # tasks given out for each worker


def in_this_process(network: Network, tasks: Mapping[int, Task], pace: Pace | None = None) -> Done:
    """One after another; see :func:`~.detect.detect` for what it raises."""
    for number, task in tasks.items():
        yield number, detect(network, task, pace)


def in_processes(network: Network, tasks: Mapping[int, Task], jobs: int) -> Done:
    """In ``jobs`` processes of this machine.

    A process that dies takes its pool with it; what was not done is begun again in a new one.

    Raises:
        OSError: processes died again and again.
        others: see :func:`~.detect.detect`.
    """
    left = dict(tasks)
    for attempt in range(_RETRIES + 1):
        try:
            for number, data in _in_pool(network, left, jobs):
                del left[number]
                yield number, data
            return
        except BrokenProcessPool:
            if attempt == _RETRIES:
                raise OSError(
                    f"a worker process was killed, {attempt + 1} times: is there enough memory for --jobs {jobs}? What "
                    "is done is kept, the same command goes on with it"
                ) from None


def _in_pool(network: Network, tasks: Mapping[int, Task], jobs: int) -> Done:
    context = multiprocessing.get_context("spawn")  # neither OpenVINO nor CUDA survives a fork
    lifeline, held = context.Pipe(duplex=False)  # workers end with the end that is held here, however that comes
    pool = ProcessPoolExecutor(jobs, context, _begin_worker, (lifeline,))
    waiting = iter(tuple(tasks.items()))
    running: dict[Future[bytes], int] = {}
    try:
        while True:
            for number, task in islice(waiting, _AHEAD * jobs - len(running)):
                running[pool.submit(detect, network, task)] = number
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                yield running.pop(future), future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        held.close()
        lifeline.close()


def _begin_worker(lifeline: Connection) -> None:
    """Ctrl-C is the parent's to deal with; and without a parent that waits there is nothing to work for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def end_with_parent() -> None:
        lifeline.poll(None)
        os._exit(1)

    threading.Thread(target=end_with_parent, daemon=True).start()


def on_ray(network: Network, tasks: Mapping[int, Task], address: str, jobs: int | None = None) -> Done:
    """On a Ray cluster, whose machines must have this package, and the bags under the same paths.

    Args:
        network: see above.
        tasks: see above.
        address: of the cluster's head as Ray writes it, ``auto`` for the one that this machine belongs to, or
            ``local`` for one of this machine alone, that ends with the work.
        jobs: of a ``local`` one, number of workers; None: one a processor core.

    Raises:
        ImportError: Ray is not installed.
        OSError: there is no such cluster, or a task's workers died again and again.
        others: see :func:`~.detect.detect`.
    """
    try:
        import ray
    except ImportError as error:
        raise ImportError(f"--ray needs Ray: pip install 'trt_pose_ros[cluster]' ({error})") from error
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # what Ray will do by default, and warns of
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": "error", "include_dashboard": False}
    try:
        if address == "local":
            ray.init("local", num_cpus=jobs and jobs * network.threads, **quiet)
        else:
            del quiet["include_dashboard"]
            _check_reachable(address)
            ray.init(address, **quiet)
    except (OSError, ValueError, RuntimeError) as error:
        raise OSError(f"no Ray cluster at {address!r}: {_first_line(error)}") from None
    try:
        yield from _on_cluster(ray, network, tasks)
    finally:
        ray.shutdown()


def _check_reachable(address: str) -> None:
    """Ray itself would try for minutes."""
    host, colon, port = address.rpartition("://")[2].rpartition(":")
    if colon:
        if not port.isdigit():
            raise ValueError(f"port {port!r} is no number")
        socket.create_connection((host, int(port)), timeout=_REACHABLE).close()


def _on_cluster(ray: Any, network: Network, tasks: Mapping[int, Task]) -> Done:
    work = ray.remote(num_cpus=network.threads, max_retries=_RETRIES)(detect)
    workers = max(1, int(ray.cluster_resources().get("CPU", 1)) // network.threads)
    waiting = iter(tasks.items())
    running: dict[Any, int] = {}
    while True:
        for number, task in islice(waiting, _AHEAD * workers - len(running)):
            running[work.remote(network, task)] = number
        if not running:
            return
        done, _ = ray.wait(list(running), num_returns=1)
        for reference in done:
            try:
                data = ray.get(reference)
            except ray.exceptions.RayTaskError as error:
                raise error.cause from None
            except ray.exceptions.RayError as error:
                raise OSError(f"the cluster gave a part up: {_first_line(error)}") from None
            yield running.pop(reference), data


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
