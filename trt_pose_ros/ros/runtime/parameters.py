"""The node's parameters: what they are, what they may be, and which of them can be changed while it runs."""

import difflib
from dataclasses import dataclass, fields

from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor, SetParametersResult
from rclpy.exceptions import InvalidParameterTypeException, InvalidParameterValueException
from rclpy.parameter import Parameter

from ...backends import NAMES, PRECISIONS
from ...drawing import MIN_SCORE
from ...families.paf import DecoderOptions
from ...options import Options, option
from ...tracking import SmootherOptions, TrackerOptions
from .diagnostics import DiagnosticsOptions
from .qos import PROFILES


@dataclass(frozen=True)
class FixedSettings(Options):
    """What the node reads when it is configured."""

    model: str = option("", "model file; empty: the bundled model, or the file that $TRT_POSE_MODEL names")
    backend: str = option("auto", "runtime that runs the network", choices=("auto", *NAMES))
    input_size: str = option("", "size of the network's input as HEIGHTxWIDTH; empty: the model's own")
    threads: int = option(0, "CPU threads of the network; 0 leaves it to the runtime", low=0, high=256)
    precision: str = option("auto", "what the network computes in; auto: the types of its file", choices=PRECISIONS)
    workspace: int = option(1024, "MiB of GPU memory that a layer may take; 0: TensorRT's own limit", low=0, high=65536)
    batch: int = option(0, "most images that the network runs at once; 0: one of each camera", low=0, high=64)
    cameras: tuple = option((), "names of the cameras, each a namespace of its topics; empty: one camera on `image`")
    image_transport: str = option(
        "raw",
        "subscribe to `image` (sensor_msgs/Image) or to `image/compressed` (sensor_msgs/CompressedImage)",
        choices=("raw", "compressed"),
    )
    autostart: bool = option(True, "configure and activate by itself; false: wait for a lifecycle manager")
    image_qos: str = option("sensor_data", "quality of service of the image subscription", choices=tuple(PROFILES))
    skeletons_qos: str = option(
        "reliable", "quality of service of skeletons, detections and bodies", choices=tuple(PROFILES)
    )
    annotated_qos: str = option("reliable", "quality of service of annotated images", choices=tuple(PROFILES))
    markers_qos: str = option("reliable", "quality of service of markers", choices=tuple(PROFILES))


@dataclass(frozen=True)
class LiveSettings(Options):
    """What can be changed at any time, besides the options of the pipeline's stages."""

    max_rate: float = option(
        0.0, "process at most this many frames a second of each camera; 0: no limit", low=0.0, high=1000.0
    )
    track: bool = option(True, "give people identities (track_id), by the options `tracking.*`")
    smooth: bool = option(False, "smooth the keypoints of people with an identity, by the options `smoothing.*`")
    draw_min_score: float = option(
        MIN_SCORE,
        "score below which annotated images and markers leave a person or keypoint out",
        low=0.0,
        high=1.0,
    )
    labels: bool = option(True, "write each person's track id or score into the annotated image")
    jpeg_quality: int = option(80, "quality of the compressed annotated image", low=1, high=100)
    marker_style: str = option(
        "plane",
        "where markers are: on the image plane one metre before the camera, at marker_depth, or there with the rays to "
        "them; the latter two want a calibrated camera_info",
        choices=("plane", "depth", "rays"),
    )
    marker_depth: float = option(2.0, "metres before the camera at which markers are drawn", low=0.1, high=100.0)


_GROUPS = {
    "": FixedSettings,
    "live": LiveSettings,
    "decoder": DecoderOptions,
    "tracking": TrackerOptions,
    "smoothing": SmootherOptions,
    "diagnostics": DiagnosticsOptions,
}


class Parameters:
    """Declares the parameters on a node and keeps the settings that they make up.

    Attributes:
        live: LiveSettings; replaced as a whole when one of its parameters is set, so a reader always sees a valid set.
        decoder, tracking, smoothing, diagnostics: the options of those, likewise; None for one that is off.
        locked: True while the node is configured and its fixed parameters can't be set.
    """

    def __init__(self, node):
        self._node = node
        self.locked = False
        self._problems = {}  # parameter name -> what was wrong with its start value
        self._chosen = set()  # names that somebody gave a value
        self._specs = {}  # parameter name -> (group, field)
        for group, options in _GROUPS.items():
            for spec in fields(options):
                name = f"{group}.{spec.name}" if group not in ("", "live") else spec.name
                self._specs[name] = (group, spec)
                if _given(node, name) is not None:
                    self._chosen.add(name)
                try:
                    declare(node, name, spec, "Can be changed at any time." if group else "Read when configured.")
                except ValueError as error:
                    self._problems[name] = str(error)
        self._warn_of_unknown()
        self._settings = {}
        for group in _GROUPS:
            self._settings[group] = self._make(group, {})
        node.add_on_set_parameters_callback(self._on_set)

    @property
    def live(self):
        """The current LiveSettings."""
        return self._settings["live"]

    @property
    def decoder(self):
        """The current DecoderOptions."""
        return self._settings["decoder"]

    @property
    def diagnostics(self):
        """The current DiagnosticsOptions."""
        return self._settings["diagnostics"]

    @property
    def tracking(self):
        """The current TrackerOptions, None where people get no identities."""
        return self._settings["tracking"] if self.live.track else None

    @property
    def smoothing(self):
        """The current SmootherOptions, None where keypoints are not smoothed."""
        return self._settings["smoothing"] if self.live.smooth else None

    def fixed(self):
        """The FixedSettings.

        Raises:
            ValueError: a parameter was given a wrong value at the start and has not been set since.
        """
        if self._problems:
            raise ValueError("; ".join(self._problems.values()))
        return self._settings[""]

    def take_model_defaults(self, decoder):
        """Set the decoder's parameters that nobody chose to the model's values (a dict) or to their defaults."""
        values = {f"decoder.{f.name}": decoder.get(f.name, f.default) for f in fields(DecoderOptions)}
        chosen = set(self._chosen)
        self._node.set_parameters(
            [Parameter(name, value=value) for name, value in values.items() if name not in chosen]
        )
        self._chosen = chosen

    def _warn_of_unknown(self):
        for name in self._node._parameter_overrides:
            if not self._node.has_parameter(name) and not name.startswith("qos_overrides"):
                close = difflib.get_close_matches(name, self._specs, n=1)
                hint = f", did you mean {close[0]!r}?" if close else ""
                self._node.get_logger().warning(f"unknown parameter {name!r} is ignored{hint}")

    def _make(self, group, changes):
        """The group's options with ``changes`` applied; wrong start values are noted and replaced by the default."""
        values = {}
        for name, (of, spec) in self._specs.items():
            if of == group:
                value = changes[name] if name in changes else self._node.get_parameter_or(name).value
                values[spec.name] = tuple(value or ()) if isinstance(spec.default, tuple) else value
        try:
            return _GROUPS[group](**values)
        except ValueError as error:
            if changes:
                raise
            self._problems[group] = f"parameters: {error}"
            return _GROUPS[group]()

    def _on_set(self, parameters):
        """All or nothing: either every new value makes sense, or none is taken and the reason is told."""
        changes = {p.name: p.value for p in parameters if p.name in self._specs}
        groups = {self._specs[name][0] for name in changes}
        if "" in groups and self.locked:
            fixed = ", ".join(name for name in changes if self._specs[name][0] == "")
            return SetParametersResult(
                successful=False,
                reason=f"{fixed}: read when the node is configured; clean it up first (ros2 lifecycle set ... cleanup)",
            )
        try:
            settings = {group: self._make(group, changes) for group in groups}
        except (TypeError, ValueError) as error:
            return SetParametersResult(successful=False, reason=str(error))
        self._settings |= settings
        self._chosen |= set(changes)
        for mended in [*changes, *groups]:
            self._problems.pop(mended, None)
        return SetParametersResult(successful=True)


def declare(node, name, spec, when):
    """Declare the parameter that an option's dataclass field describes, and return its value.

    Raises:
        ValueError: its start value is of the wrong type or outside its range; it is declared with its default then.
    """
    low, high, choices = (spec.metadata.get(k) for k in ("low", "high", "choices"))
    descriptor = ParameterDescriptor(
        description=f"{spec.metadata['effect'].rstrip('.')}. {when}",
        additional_constraints=f"one of: {', '.join(map(str, choices))}" if choices else "",
    )
    if None not in (low, high) and isinstance(spec.default, float):
        descriptor.floating_point_range = [FloatingPointRange(from_value=float(low), to_value=float(high))]
    elif None not in (low, high):
        descriptor.integer_range = [IntegerRange(from_value=low, to_value=high, step=1)]
    # an empty list has no type of its own in ROS 2
    default = Parameter.Type.STRING_ARRAY if isinstance(spec.default, tuple) else spec.default
    given = _given(node, name)
    wrong = choices is not None and given is not None and given not in choices
    try:
        value = node.declare_parameter(name, default, descriptor, ignore_override=wrong).value
    except (InvalidParameterTypeException, InvalidParameterValueException):
        wrong = True
        node.declare_parameter(name, default, descriptor, ignore_override=True)
    if wrong:
        raise ValueError(f"parameter {name!r} is {given!r}, must be {_expected(spec)}")
    return value


def _given(node, name):
    """The start value that a command line or parameter file gives, or None."""
    override = node._parameter_overrides.get(name)
    return None if override is None else override.value


def _expected(spec):
    low, high, choices = (spec.metadata.get(k) for k in ("low", "high", "choices"))
    if choices:
        return f"one of {', '.join(map(str, choices))}"
    kinds = {bool: "true or false", int: "an integer", float: "a double (write 1.0, not 1)", str: "a string"}
    between = f" from {low} to {high}" if low is not None and high is not None else ""
    return kinds.get(type(spec.default), "a list of strings") + between
