"""pose_node's own settings, and all of its parameters."""

from __future__ import annotations

from dataclasses import dataclass

from rclpy.exceptions import InvalidTopicNameException
from rclpy.node import Node
from rclpy.validate_topic_name import validate_topic_name

from ...backends import CHOICES, PRECISIONS
from ...messages.topics import RECTIFIED
from ...options import Options, option
from ...tracking import SmootherOptions, TrackerOptions
from .parameters import CONFIGURED, Parameters
from .qos import PROFILES

_IMAGE_QOS = ("sensor_data", "reliable")  # transient local, of a camera, would be an image of the past
_OWN_TOPICS = ("image", "compressed", "camera_info", "skeletons", "annotated", "markers", "detections", "topology")


@dataclass(frozen=True)
class FixedSettings(Options):
    """What the node reads when it is configured."""

    model: str = option("", "model file; empty: the bundled model, or the file that $TRT_POSE_MODEL names")
    backend: str = option("auto", "runtime that runs the network", choices=CHOICES)
    input_size: str = option("", "size of the network's input as HEIGHTxWIDTH; empty: the model's own")
    threads: int = option(0, "CPU threads of the network; 0 leaves it to the runtime", low=0, high=256)
    precision: str = option("auto", "what the network computes in; auto: the types of its file", choices=PRECISIONS)
    workspace: int = option(1024, "MiB of GPU memory that a layer may take; 0: TensorRT's own limit", low=0, high=65536)
    batch: int = option(0, "most images that the network runs at once; 0: one of each camera", low=0, high=64)
    cameras: tuple = option((), "names of the cameras, each a namespace of its topics; none: one camera on `image`")
    image_transport: str = option(
        "raw",
        "subscribe to `image` (sensor_msgs/Image) or to `image/compressed` (sensor_msgs/CompressedImage)",
        choices=("raw", "compressed"),
    )
    rectified: str = option(
        "auto",
        "whether the images are rectified already: then the P of camera_info holds for them, without distortion; auto: "
        "if the name of their topic contains the word `rect`, as in `image_rect`",
        choices=RECTIFIED,
    )
    autostart: bool = option(
        True,
        "configure and activate at the start, and end with exit code 1 where that fails; false: wait for a lifecycle "
        "manager",
    )
    image_qos: str = option("sensor_data", "quality of service of the image subscription", choices=_IMAGE_QOS)
    skeletons_qos: str = option(
        "reliable", "quality of service of skeletons, detections and bodies", choices=tuple(PROFILES)
    )
    annotated_qos: str = option("reliable", "quality of service of annotated images", choices=tuple(PROFILES))
    markers_qos: str = option("reliable", "quality of service of markers", choices=tuple(PROFILES))

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
class LiveSettings(Options):
    """What can be changed at any time, besides the options of the pipeline's stages."""

    max_rate: float = option(
        0.0, "process at most this many frames a second of each camera; 0: no limit", low=0.0, high=1000.0
    )
    min_score: float = option(
        0.1,
        "score below which a person is left out of all outputs; the keypoints of the others stay as they are",
        low=0.0,
        high=1.0,
    )
    track: bool = option(True, "give people identities (track_id), by the options `tracking.*`")
    smooth: bool = option(False, "smooth the keypoints of people with an identity, by the options `smoothing.*`")
    labels: bool = option(True, "write each person's track id or score into the annotated image")
    jpeg_quality: int = option(80, "quality of the compressed annotated image", low=1, high=100)
    marker_style: str = option(
        "plane",
        "where markers are: on the image plane one metre before the camera, at marker_depth, or there with the rays to "
        "them; the latter two want a calibrated camera_info",
        choices=("plane", "depth", "rays"),
    )
    marker_depth: float = option(2.0, "metres before the camera at which markers are drawn", low=0.1, high=100.0)


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
