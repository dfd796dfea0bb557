"""Dataclasses of options (:mod:`trt_pose_ros.options`) as parameters of a node: declared, checked, kept."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from dataclasses import Field, dataclass, fields
from typing import Any, TypeVar, cast

from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor, SetParametersResult
from rclpy.node import Node
from rclpy.parameter import Parameter

from ...options import Options

READ_ONLY = "Read at the start, cannot be changed."
CONFIGURED = "Read when configured: clean the node up to change it."
LIVE = "Can be changed at any time."
_EMPTY = [""]  # a list without items has no type in ROS 2, and `ros2 param dump` leaves out what has no value
_OptionsT = TypeVar("_OptionsT", bound=Options)
_OF_ROS = ("use_sim_time", "start_type_description_service")


class GivenParameters:
    """Mixin of nodes, before the class of rclpy: learns what command line and parameter files give.

    Attributes:
        given: {parameter name: start value}, whether such a parameter is declared or not.
    """

    def __init__(self, name: str, **kwargs: Any) -> None:
        self.given: dict[str, Any] | None = None
        super().__init__(name, automatically_declare_parameters_from_overrides=True, **kwargs)  # type: ignore[call-arg]
        self.given = self.given or {}

    def declare_parameters(self, namespace: str, parameters: list, ignore_override: bool = False) -> list[Parameter]:
        """As in rclpy, but for the first call, by its constructor and with all that is given: that is only noted.

        There rclpy would declare it without description and range, and end in a traceback for an empty list.
        """
        if self.given is None:
            self.given = {name: value for name, value, _ in parameters}
            return []
        return super().declare_parameters(namespace, parameters, ignore_override)  # type: ignore[misc]


@dataclass(frozen=True)
class _Spec:
    """A declared parameter: the dataclass it belongs to, the option it stands for, when it can be changed."""

    kind: type[Options]
    option: Field
    change: str  # READ_ONLY, CONFIGURED or LIVE


class Parameters:
    """Dataclasses of options as parameters of a node; ``parameters[FooOptions]`` is the current instance of one.

    It is replaced as a whole when one of its parameters is set, so a reader in any thread sees a valid one. Setting
    several parameters at once takes all or none.

    Args:
        node: with the mixin GivenParameters.
        changed: called after parameters have been set, with their names.

    Attributes:
        locked: True while parameters that are read when the node is configured can't be set.
    """

    def __init__(self, node: Node, changed: Callable[[set[str]], None] | None = None) -> None:
        self._node, self._changed = node, changed
        self.locked = False
        self._specs: dict[str, _Spec] = {}  # by parameter name
        self._options: dict[type[Options], Options] = {}
        self._problems: dict[
            str | type[Options], str
        ] = {}  # parameter or dataclass -> what is wrong with its start value
        self._chosen: dict[str, Any] = dict(node.given)  # values that somebody gave, now or to an earlier declaration
        if hasattr(node, "add_pre_set_parameters_callback"):  # from Iron on
            node.add_pre_set_parameters_callback(self._coerce)
        node.add_on_set_parameters_callback(self._check)
        if hasattr(node, "add_post_set_parameters_callback"):
            node.add_post_set_parameters_callback(self._take)

    def declare(self, defaults: Options, change: str = LIVE, prefix: str = "") -> None:
        """Declare a dataclass's parameters; their values are those that somebody chose, else those of ``defaults``.

        Args:
            defaults: an instance of the dataclass.
            change: READ_ONLY, CONFIGURED or LIVE, also said in the descriptions.
            prefix: of the parameters' names, with its dot. An underscore at the end of a field's name, as of those
                that Python keeps for itself, is not in the parameter's.
        """
        kind = type(defaults)
        specs = {f"{prefix}{option.name.rstrip('_')}": _Spec(kind, option, change) for option in fields(kind)}  # type: ignore[arg-type]
        for name, spec in specs.items():
            default, wanted = getattr(defaults, spec.option.name), self._chosen.get(name)
            problem = _problem(name, spec.option, wanted)
            if problem:
                self._problems[name] = problem
            value = _parameter_value(spec.option, default if wanted is None or problem else wanted)
            self._node.declare_parameter(name, value, _descriptor(spec.option, change), ignore_override=True)
        self._specs |= specs
        try:
            self._options |= {kind: self._made(kind, {})}
        except (TypeError, ValueError) as error:
            self._problems[kind] = f"parameters: {error}"
            self._options |= {kind: defaults}

    def undeclare(self, kind: type[Options]) -> None:
        """Take a dataclass's parameters back, if they are declared; what somebody chose holds when they return."""
        for name in [name for name, spec in self._specs.items() if spec.kind is kind]:
            self._node.undeclare_parameter(name)
            del self._specs[name]
            self._problems.pop(name, None)
        self._problems.pop(kind, None)
        self._options = {other: options for other, options in self._options.items() if other is not kind}

    def __getitem__(self, kind: type[_OptionsT]) -> _OptionsT:
        """The current instance of a dataclass."""
        return cast(_OptionsT, self._options[kind])

    def check(self) -> None:
        """ValueError, naming each, where parameters were given wrong values and have not been set since."""
        if self._problems:
            raise ValueError("; ".join(self._problems.values()))

    def warn_of_unknown(self, prefix: str = "", but: Sequence[str] = ()) -> None:
        """Log which given parameters below ``prefix`` don't exist, but those that start with one of ``but``."""
        for name in self._node.given:
            known = name in self._specs or name.startswith((*but, *_OF_ROS, "qos_overrides."))
            if name.startswith(prefix) and not known:
                close = difflib.get_close_matches(name, self._specs, n=1)
                hint = f", did you mean {close[0]!r}?" if close else ""
                self._node.get_logger().warning(f"unknown parameter {name!r} is ignored{hint}")

    def _made(self, kind: type[Options], changes: dict[str, Any]) -> Options:
        """The dataclass of the node's parameters and ``changes`` to them, {parameter name: value}."""
        values = {}
        for name, spec in self._specs.items():
            if spec.kind is kind:
                value = changes[name] if name in changes else self._node.get_parameter(name).value
                values[spec.option.name] = _option_value(spec.option, value)
        return kind(**values)

    def _coerce(self, parameters: list[Parameter]) -> list[Parameter]:
        """A whole number where a fraction is expected is one: `ros2 param set` sends 1 as an integer."""
        return [
            Parameter(p.name, Parameter.Type.DOUBLE, float(p.value))
            if p.type_ == Parameter.Type.INTEGER
            and p.name in self._specs
            and isinstance(self._specs[p.name].option.default, float)
            else p
            for p in parameters
        ]

    def _check(self, parameters: list[Parameter]) -> SetParametersResult:
        """All or nothing: either every new value makes sense, or none is taken and the reason is told."""
        changes = {p.name: p.value for p in parameters if p.name in self._specs}
        if self.locked:
            fixed = [
                name
                for name, value in changes.items()
                if self._specs[name].change == CONFIGURED
                and value != self._node.get_parameter(name).value  # a dumped file can be loaded again
            ]
            if fixed:
                reason = f"{', '.join(fixed)}: read when the node is configured; clean it up first"
                return SetParametersResult(successful=False, reason=f"{reason} (ros2 lifecycle set ... cleanup)")
        try:
            for kind in {self._specs[name].kind for name in changes}:
                self._made(kind, changes)
        except (TypeError, ValueError) as error:
            return SetParametersResult(successful=False, reason=str(error))
        if not hasattr(self._node, "add_post_set_parameters_callback"):  # Humble: nothing is called after this
            self._take(parameters)
        return SetParametersResult(successful=True)

    def _take(self, parameters: list[Parameter]) -> None:
        """Make the options anew after parameters have been set."""
        changes = {p.name: p.value for p in parameters if p.name in self._specs}
        self._chosen |= changes
        for kind in {self._specs[name].kind for name in changes}:
            self._options |= {kind: self._made(kind, changes)}
            self._problems.pop(kind, None)
        for name in changes:
            self._problems.pop(name, None)
        if self._changed is not None and changes:
            self._changed(set(changes))


def _descriptor(option: Field, change: str) -> ParameterDescriptor:
    low, high, choices = (option.metadata.get(key) for key in ("low", "high", "choices"))
    descriptor = ParameterDescriptor(
        description=f"{option.metadata['effect'].rstrip('.')}. {change}",
        additional_constraints=f"one of: {', '.join(map(str, choices))}" if choices else "",
        read_only=change == READ_ONLY,
    )
    if low is None or high is None:
        return descriptor
    if isinstance(option.default, float):
        descriptor.floating_point_range = [FloatingPointRange(from_value=float(low), to_value=float(high))]
    else:
        descriptor.integer_range = [IntegerRange(from_value=int(low), to_value=int(high), step=1)]
    return descriptor


def _parameter_value(option: Field, value: Any) -> Any:
    """An option's value as that of a parameter."""
    default: Any = option.default
    return [str(item) for item in value] or _EMPTY if isinstance(default, tuple) else type(default)(value)


def _option_value(option: Field, value: Any) -> Any:
    if isinstance(option.default, tuple):
        return () if value in (None, _EMPTY) else tuple(value)
    return value


def _problem(name: str, option: Field, value: Any) -> str | None:
    """What is wrong with a start value, None if nothing or there is none."""
    if value is None:
        return None
    low, high, choices = (option.metadata.get(key) for key in ("low", "high", "choices"))
    kind = type(option.default)
    accepted = {
        float: isinstance(value, int | float) and not isinstance(value, bool),
        int: isinstance(value, int) and not isinstance(value, bool),
        tuple: isinstance(value, list | tuple) and all(isinstance(item, str) for item in value),
    }.get(kind, isinstance(value, kind))
    # written so that NaN is wrong, too
    inside = accepted and (low is None or value >= low) and (high is None or value <= high)
    if inside and (choices is None or value in choices):
        return None
    words = {bool: "true or false", int: "an integer", float: "a number", str: "a string", tuple: "a list of strings"}
    expected = f"one of {', '.join(map(str, choices))}" if choices else words[kind]
    if low is not None and high is not None:
        expected += f" from {low} to {high}"
    return f"parameter {name!r} is {value!r}, must be {expected}"
