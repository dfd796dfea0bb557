"""pose_node's own settings, and all of its parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rclpy.exceptions import InvalidTopicNameException
from rclpy.node import Node
from rclpy.validate_topic_name import validate_topic_name

from ... import settings
from ...messages.topics import DEPTH_TRANSPORTS
from ...options import Options, option
from ...settings import LiveSettings
from ...spatial.depth import DepthOptions
from ...spatial.ground import GroundOptions
from ...tracking import SmootherOptions, TrackerOptions, UnionOptions
from .parameters import CONFIGURED, Parameters
from .sync import DepthSync, DetectionSync

OFF = DEPTH_TRANSPORTS[0]
GROUPS = ("decoder", "person", "top_down", "hands")  # of parameters that come with the model
_OWN_TOPICS = (
    "image",
    "detections_in",
    "compressed",
    "camera_info",
    "depth",
    "compressedDepth",
    "skeletons",
    "hands",
    "events",
    "annotated",
    "markers",
    "detections",
    "topology",
)


@dataclass(frozen=True)
class FixedSettings(settings.FixedSettings):
    """What the node reads when it is configured."""

    @property
    def in_space(self) -> bool:
        """Whether people may get positions."""
        return self.depth_transport != OFF or self.lifting or bool(self.world_frame)

    def camera_names(self) -> tuple[str, ...]:
        """The names of the cameras, ("",) for the only one on `image`.

        Raises:
            ValueError: a name can't be a namespace, or two cameras would share their topics.
        """
        check_camera_names(self.cameras)
        return self.cameras or ("",)


def check_camera_names(names: Sequence[str]) -> None:
    """ValueError where one of a node's cameras can't be a namespace, or two would share their topics."""
    for name in names:
        problem = _camera_problem(name)
        if problem:
            raise ValueError(f"parameter 'cameras' holds {name!r}: {problem}")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"parameter 'cameras' holds {twice[0]!r} more than once: each camera needs its own name")


def _camera_problem(name: str) -> str | None:
    if name != name.strip("/"):
        return f"leave out the slash at its ends, {name.strip('/')!r}" if name.strip("/") else "not a name"
    if "" in name.split("/"):
        return "an empty name; without cameras leave the parameter out"
    if name.startswith("~") or "{" in name:
        return "a name of letters, digits and underscores is expected, without ~ and {}"
    taken = sorted(set(name.split("/")) & set(_OWN_TOPICS))
    if taken:
        return f"{taken[0]!r} is the name of a topic here, choose another"
    try:
        validate_topic_name(name)
    except InvalidTopicNameException as error:
        return " ".join(str(error).split())
    return None


@dataclass(frozen=True)
class DiagnosticsOptions(Options):
    """From when on something is a warning or an error."""

    max_silence: float = option(2.0, "seconds without an image that are an error", low=0.1, high=3600.0)
    max_dropped: float = option(
        0.1,
        "share of a camera's frames that may be dropped for a newer one, or lost on the way, before it is a warning",
        low=0.0,
        high=1.0,
    )
    warn_age: float = option(
        0.5, "seconds from an image's stamp to its skeletons (95th percentile) that are a warning", low=0.0, high=3600.0
    )
    error_age: float = option(2.0, "seconds of the same that are an error", low=0.0, high=3600.0)


class PoseParameters(Parameters):
    """The parameters of pose_node; those of the model's networks come and go with the model."""

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self._groups: dict[str, type[Options]] = {}  # of the model's networks
        self.declare(FixedSettings(), CONFIGURED)
        self.declare(LiveSettings())
        self.declare(TrackerOptions(), prefix="tracking.")
        self.declare(SmootherOptions(), prefix="smoothing.")
        self.declare(UnionOptions(), prefix="detections.")
        self.declare(DetectionSync(), prefix="detections.")
        self.declare(DepthSync(), prefix="depth.")
        self.declare(DepthOptions(), prefix="depth.")
        self.declare(GroundOptions(), prefix="ground.")
        self.declare(DiagnosticsOptions(), prefix="diagnostics.")
        self.warn_of_unknown(but=tuple(f"{group}." for group in GROUPS))

    @property
    def fixed(self) -> FixedSettings:
        """The current FixedSettings."""
        return self[FixedSettings]

    @property
    def live(self) -> LiveSettings:
        """The current LiveSettings."""
        return self[LiveSettings]

    @property
    def networks(self) -> Mapping[str, Options]:
        """{group: options} of the model's networks, as of ``PosePipeline.options``; none without a model."""
        return {group: self[kind] for group, kind in self._groups.items()}

    @property
    def diagnostics(self) -> DiagnosticsOptions:
        """The current DiagnosticsOptions."""
        return self[DiagnosticsOptions]

    @property
    def depth(self) -> DepthOptions:
        """The current DepthOptions."""
        return self[DepthOptions]

    @property
    def ground(self) -> GroundOptions:
        """The current GroundOptions."""
        return self[GroundOptions]

    @property
    def depth_sync(self) -> DepthSync:
        """The current DepthSync."""
        return self[DepthSync]

    @property
    def tracking(self) -> TrackerOptions | None:
        """The current TrackerOptions, None where people get no identities."""
        return self[TrackerOptions] if self.live.track else None

    @property
    def union(self) -> UnionOptions:
        """The current UnionOptions."""
        return self[UnionOptions]

    @property
    def detection_sync(self) -> DetectionSync:
        """The current DetectionSync."""
        return self[DetectionSync]

    @property
    def smoothing(self) -> SmootherOptions | None:
        """The current SmootherOptions, None where keypoints are not smoothed."""
        return self[SmootherOptions] if self.live.smooth else None

    def take_networks(self, defaults: Mapping[str, Options]) -> None:
        """Declare the options of the model's networks as ``decoder.*`` and so on; the model's values are the defaults.

        Args:
            defaults: {group: options}, as of ``PosePipeline.options``.

        Raises:
            ValueError: a value that somebody chose is none of theirs. It can be set right until the next try.
        """
        self.drop_networks()
        for group, options in defaults.items():
            self._groups[group] = type(options)
            self.declare(options, prefix=f"{group}.")
            self.warn_of_unknown(f"{group}.")
        self.check()

    def drop_networks(self) -> None:
        """Take the options of the model's networks back, if there are any."""
        for kind in self._groups.values():
            self.undeclare(kind)
        self._groups = {}
