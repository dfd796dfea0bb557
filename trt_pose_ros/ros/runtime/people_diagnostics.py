"""The state of people_3d_node and of each of its cameras as diagnostics."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from diagnostic_msgs.msg import DiagnosticStatus

from ...stage_times import StageTimes
from .diagnostics import diagnostic_status, milliseconds
from .people_views import CameraView

_SILENT = 2.0  # seconds without skeletons that are an error
_CLOCK = 0.015  # seconds that a clock may seem off: people are 1.5 cm further by then
_OFTEN = 0.2  # share of a camera's images that may be late or alone


def node_status(
    name: str, frame: str, counts: Mapping[str, int], times: StageTimes, views: Sequence[CameraView]
) -> DiagnosticStatus:
    """Of the node: how many cameras send."""
    values = {"frame": frame} | {key: str(n) for key, n in sorted(counts.items())} | milliseconds(times)
    sending = sum(time.monotonic() - view.heard < _SILENT and not view.problem for view in views)
    values["cameras"] = f"{sending} of {len(views)}"
    if sending < 2:
        text = f"{sending} of {len(views)} cameras can be used: nobody is located with less than two"
        return diagnostic_status(name, DiagnosticStatus.ERROR, text, values)
    if counts.get("other_topology"):
        text = "skeletons of several topologies: those unlike the first camera's are left out"
        return diagnostic_status(name, DiagnosticStatus.WARN, text, values)
    return diagnostic_status(name, DiagnosticStatus.OK, "running", values)


def camera_status(
    node: str, view: CameraView, counts: Mapping[str, int], clocks: Mapping[str, float]
) -> DiagnosticStatus:
    """Of a camera: whether it can be used, is in time, and has the others' clock.

    Args:
        node: name of the node.
        view: the camera.
        counts: of the images of a moment, see :class:`trt_pose_ros.spatial.views.Instants`.
        clocks: {camera: seconds}, what the cameras' clocks seem to be off.
    """
    silence = time.monotonic() - view.heard
    values = {key: str(n) for key, n in sorted((dict(view.counts) | dict(counts)).items())}
    offset = clocks.get(view.name)
    if offset is not None:
        values["clock_offset_ms"] = f"{1e3 * offset:+.0f}"

    def status(level: bytes, text: str) -> DiagnosticStatus:
        return diagnostic_status(f"{node}: {view.name}", level, text, values)

    if silence > _SILENT:
        return status(DiagnosticStatus.ERROR, f"no skeletons for {silence:.0f} s: people are located by the others")
    if view.problem:
        return status(DiagnosticStatus.ERROR, f"its skeletons can't be used: {view.problem}")
    in_time = counts.get("used", 0)
    if counts.get("late", 0) > _OFTEN * max(in_time, 1):
        return status(DiagnosticStatus.WARN, f"{counts['late']} of its skeletons came after their moment: see max_wait")
    if counts.get("alone", 0) > _OFTEN * max(in_time, 1):
        return status(
            DiagnosticStatus.WARN,
            f"no other camera has images within `tolerance` of {counts['alone']} of its own: two clocks, or no common "
            "trigger",
        )
    worst = max(clocks, key=lambda camera: abs(clocks[camera]), default="")
    if worst == view.name and abs(clocks[worst]) > _CLOCK:
        return status(
            DiagnosticStatus.WARN,
            f"by how people move its stamps seem {1e3 * abs(clocks[worst]):.0f} ms too "
            f"{'early' if clocks[worst] > 0 else 'late'}: synchronise the clocks (chrony, PTP), or its driver stamps "
            "images when they arrive",
        )
    return status(DiagnosticStatus.OK, "running")
