"""Run a node as a process that ends cleanly, whatever ends it."""

from __future__ import annotations

import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence

import rclpy
from rclpy.exceptions import NameValidationException, ParameterException
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions
from rclpy.utilities import remove_ros_args

_LINGER = 0.2  # seconds in which the last message leaves, such as the answer to the lifecycle's shutdown
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_HELP = "write --ros-args -p NAME:=VALUE for a parameter, -r FROM:=TO for a topic, -r __node:=NAME, -r __ns:=/NAME"


_ending = threading.Event()


def is_ending() -> bool:
    """Whether a signal has asked this process to end.

    What takes long inside a callback looks here now and then, and raises KeyboardInterrupt.
    """
    return _ending.is_set()


class WrongArguments(Exception):
    """The command line can't be understood; the text says which word, and what it should look like."""


def any_finished(nodes: Sequence[Node]) -> bool:
    """Whether one of the nodes has an attribute ``finished`` that is true."""
    return any(getattr(node, "finished", False) for node in nodes)


def run(
    *factories: Callable[[], Node],
    args: Sequence[str] | None = None,
    has_ended: Callable[[Sequence[Node]], bool] = any_finished,
) -> int:
    """Make nodes, spin them until SIGINT, SIGTERM or until one of them is ``finished``, and end.

    rclpy's own signal handlers raise in the middle of whatever is going on, and under ``ros2 launch`` Ctrl-C comes
    twice; here a signal only sets a flag, and during the clean-up none is heard. Afterwards the signals do what they
    did before.

    Args:
        factories: functions that make a node. A node may have an attribute ``finished`` (bool) and a method ``close``.
        args: command line as in ``sys.argv``, the program's name first; nothing but ROS arguments may follow it. None
            for this process's, of which the other arguments are somebody else's.
        has_ended: tells of the nodes whether the process shall end.

    Returns:
        the process's exit code: 2 for wrong arguments, told on stderr; else the highest ``exit_code`` of the nodes
        that have such an attribute, or 0.
    """
    _ending.clear()
    before = {number: signal.signal(number, lambda *_: _ending.set()) for number in _SIGNALS}
    executor: SingleThreadedExecutor | None = None
    nodes: list[Node] = []
    try:
        _start(factories, nodes, args)
        executor = SingleThreadedExecutor()
        for node in nodes:
            executor.add_node(node)
        while not is_ending() and not has_ended(nodes):
            executor.spin_once(timeout_sec=0.1)
        if not is_ending():
            time.sleep(_LINGER)
    except WrongArguments as error:
        print(error, file=sys.stderr)
        return 2
    except (ExternalShutdownException, KeyboardInterrupt):  # the latter of what looks at is_ending()
        pass
    finally:
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        try:
            _end(executor, nodes)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
    return max((getattr(node, "exit_code", 0) for node in nodes), default=0)


def _start(factories: Sequence[Callable[[], Node]], nodes: list[Node], args: Sequence[str] | None) -> None:
    """Fill ``nodes``, one by one so that those made before an error are known."""
    try:
        foreign = [] if args is None else remove_ros_args(args)[1:]
        if foreign:
            raise WrongArguments(f"unknown arguments: {' '.join(foreign)}; {_HELP}")
        rclpy.init(args=args, signal_handler_options=SignalHandlerOptions.NO)
        for factory in factories:
            nodes.append(factory())
    # RCLError, UnknownROSArgsError and their like are RuntimeErrors without a public name; a ParameterException is of a
    # parameter of ROS 2's own, such as use_sim_time:=yes_please
    except (RuntimeError, NameValidationException, ParameterException) as error:
        raise WrongArguments(_sentence(error)) from error


def _sentence(error: Exception) -> str:
    text = str(error)
    if text.startswith("["):  # UnknownROSArgsError holds the words only
        text = f"unknown ROS arguments: {text.strip('[]')}"
    text = re.sub(r", at /[^,:]*:\d+", "", text.removeprefix("failed to initialize rcl: "))
    return f"{text}; {_HELP}" if isinstance(error, RuntimeError) else text


def _end(executor: SingleThreadedExecutor | None, nodes: list[Node]) -> None:
    for node in reversed(nodes):
        if hasattr(node, "close"):
            node.close()
        if executor is not None:
            executor.remove_node(node)
        node.destroy_node()
    if executor is not None:
        executor.shutdown()
    rclpy.try_shutdown()
