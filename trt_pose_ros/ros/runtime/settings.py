"""pose_node's own settings, and all of its parameters."""

from __future__ import annotations

from dataclasses import dataclass

from rclpy.exceptions import InvalidTopicNameException
from rclpy.node import Node
from rclpy.validate_topic_name import validate_topic_name

from ... import settings
from ...options import Options, option
from ...settings import LiveSettings
from ...tracking import SmootherOptions, TrackerOptions
from .parameters import CONFIGURED, Parameters

_OWN_TOPICS = ("image", "compressed", "camera_info", "skeletons", "annotated", "markers", "detections", "topology")


@dataclass(frozen=True)
class FixedSettings(settings.FixedSettings):
    """What the node reads when it is configured."""

    def camera_names(self) -> tuple[str, ...]:
        """The names of the cameras, ("",) for the only one on `image`.

        Raises:
            ValueError: a name can't be a namespace, or two cameras would share their topics.
        """
        for name in self.cameras:
            problem = _camera_problem(name)
            if problem:
                raise ValueError(f"parameter 'cameras' holds {name!r}: {problem}")
        twice = sorted({name for name in self.cameras if self.cameras.count(name) > 1})
        if twice:
            raise ValueError(f"parameter 'cameras' holds {twice[0]!r} more than once: each camera needs its own name")
        return self.cameras or ("",)


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
    """The parameters of pose_node; those of the model's family come and go with the model."""

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self._family: type[Options] | None = None
        self.declare(FixedSettings(), CONFIGURED)
        self.declare(LiveSettings())
        self.declare(TrackerOptions(), prefix="tracking.")
        self.declare(SmootherOptions(), prefix="smoothing.")
        self.declare(DiagnosticsOptions(), prefix="diagnostics.")
        self.warn_of_unknown(but=("decoder.",))

    @property
    def fixed(self) -> FixedSettings:
        """The current FixedSettings."""
        return self[FixedSettings]

    @property
    def live(self) -> LiveSettings:
        """The current LiveSettings."""
        return self[LiveSettings]

    @property
    def decoder(self) -> Options:
        """The options of the model's family; only between :meth:`take_family` and :meth:`drop_family`."""
        assert self._family is not None
        return self[self._family]

    @property
    def diagnostics(self) -> DiagnosticsOptions:
        """The current DiagnosticsOptions."""
        return self[DiagnosticsOptions]

    @property
    def tracking(self) -> TrackerOptions | None:
        """The current TrackerOptions, None where people get no identities."""
        return self[TrackerOptions] if self.live.track else None

    @property
    def smoothing(self) -> SmootherOptions | None:
        """The current SmootherOptions, None where keypoints are not smoothed."""
        return self[SmootherOptions] if self.live.smooth else None

    def take_family(self, defaults: Options) -> None:
        """Declare the options of the model's family as ``decoder.*``; the model's values are the defaults.

        Raises:
            ValueError: a value that somebody chose is not one of this family's. It can be set right until the next try.
        """
        self.drop_family()
        self._family = type(defaults)
        self.declare(defaults, prefix="decoder.")
        self.warn_of_unknown("decoder.")
        self.check()

    def drop_family(self) -> None:
        """Take the options of the model's family back, if there are any."""
        if self._family is not None:
            self.undeclare(self._family)
            self._family = None
