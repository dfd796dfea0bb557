"""Run a node as a process that ends cleanly, whatever ends it."""

import signal
import sys
import time

import rclpy
from rclpy._rclpy_pybind11 import RCLInvalidROSArgsError
from rclpy.exceptions import NameValidationException
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.signals import SignalHandlerOptions

_LINGER = 0.2  # seconds in which the last message leaves, such as the answer to the lifecycle's shutdown


def run(*factories, args=None):
    """Make nodes, spin them until SIGINT, SIGTERM or until one of them is ``finished``, and end.

    rclpy's own signal handlers raise in the middle of whatever is going on, and under ``ros2 launch`` Ctrl-C comes
    twice; here a signal only sets a flag, and during the clean-up none is heard.

    Args:
        factories: functions that make a node. A node may have an attribute ``finished`` (bool) and a method ``close``.
        args: command line with ROS arguments; None for this process's.

    Returns:
        the process's exit code: 2 for wrong ROS arguments, told on stderr; else the highest ``exit_code`` of the nodes
        that have such an attribute, or 0.
    """
    ending = []
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ending.append(True))
    executor, nodes = None, []
    try:
        rclpy.init(args=args, signal_handler_options=SignalHandlerOptions.NO)
        executor = SingleThreadedExecutor()
        for factory in factories:
            nodes.append(factory())
            executor.add_node(nodes[-1])
        while not ending and not any(getattr(node, "finished", False) for node in nodes):
            executor.spin_once(timeout_sec=0.1)
        if not ending:
            time.sleep(_LINGER)
    except ExternalShutdownException:
        pass
    except (RCLInvalidROSArgsError, NameValidationException) as error:
        print(error, file=sys.stderr)
        return 2
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        for node in reversed(nodes):
            if hasattr(node, "close"):
                node.close()
            executor.remove_node(node)
            node.destroy_node()
        if executor is not None:
            executor.shutdown()
        rclpy.try_shutdown()
    return max((getattr(node, "exit_code", 0) for node in nodes), default=0)
