"""The parameters of another node: read with all that it tells of them, set all or none."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from rcl_interfaces.msg import ParameterDescriptor, ParameterType
from rcl_interfaces.srv import DescribeParameters, GetParameters, ListParameters, SetParametersAtomically
from rclpy.node import Node
from rclpy.parameter import Parameter, parameter_value_to_python

from .parameters import LIVE

CHOICES = "one of: "  # how a descriptor of ours lists them, see runtime/parameters.py
_TYPES = {  # what can be shown and set
    ParameterType.PARAMETER_BOOL: "bool",
    ParameterType.PARAMETER_INTEGER: "integer",
    ParameterType.PARAMETER_DOUBLE: "double",
    ParameterType.PARAMETER_STRING: "string",
    ParameterType.PARAMETER_STRING_ARRAY: "string_array",
}
_KINDS: dict[str, type | tuple[type, ...]] = {"bool": bool, "integer": int, "double": (int, float), "string": str}


class RemoteParameters:
    """See the module. Its coroutines run as tasks of the executor of ``node``.

    Args:
        node: that asks.
        target: full name of the other node.
    """

    def __init__(self, node: Node, target: str) -> None:
        self._list = node.create_client(ListParameters, f"{target}/list_parameters")
        self._describe = node.create_client(DescribeParameters, f"{target}/describe_parameters")
        self._get = node.create_client(GetParameters, f"{target}/get_parameters")
        self._set = node.create_client(SetParametersAtomically, f"{target}/set_parameters_atomically")
        self._types: dict[str, str] = {}

    @property
    def there(self) -> bool:
        """Whether the node answers."""
        return all(client.service_is_ready() for client in (self._list, self._describe, self._get, self._set))

    async def read(self) -> list[dict[str, Any]]:
        """All parameters of the types that can be shown.

        Dicts with ``name``, ``type``, ``value``, ``description``, ``low`` and ``high`` (None without a range),
        ``choices``, ``read_only``, and ``live``: whether it can be changed while the node works.
        """
        names = list((await self._list.call_async(ListParameters.Request())).result.names)
        descriptors = (await self._describe.call_async(DescribeParameters.Request(names=names))).descriptors
        values = (await self._get.call_async(GetParameters.Request(names=names))).values
        # one may have gone between two questions, then lengths and types tell
        shown = [_described(d, v) for d, v in zip(descriptors, values, strict=False) if v.type in _TYPES]
        self._types = {parameter["name"]: parameter["type"] for parameter in shown}
        return shown

    async def set(self, values: Mapping[str, Any]) -> tuple[bool, str]:
        """Set parameters, all or none; returns whether they are, else why not."""
        try:
            parameters = [self._parameter(name, value).to_parameter_msg() for name, value in values.items()]
        except ValueError as error:
            return False, str(error)
        request = SetParametersAtomically.Request(parameters=parameters)
        result = (await self._set.call_async(request)).result
        return result.successful, result.reason

    def _parameter(self, name: str, value: Any) -> Parameter:
        kind = self._types.get(name)
        if kind is None:
            raise ValueError(f"the node has no parameter {name!r}")
        if kind == "string_array":
            fits = isinstance(value, list) and all(isinstance(item, str) for item in value)
        else:
            fits = isinstance(value, _KINDS[kind]) and (kind == "bool" or not isinstance(value, bool))
        if fits and kind == "integer":
            fits = -(2**63) <= value < 2**63
        if not fits:
            raise ValueError(f"{name} is {value!r}, must be of type {kind}")
        if kind == "double":
            value = _float(name, value)
        return Parameter(name, Parameter.Type[kind.upper()], value)


def _float(name: str, value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        raise ValueError(f"{name} is {value!r}, larger than any number of type double") from None


def _described(descriptor: ParameterDescriptor, value: Any) -> dict[str, Any]:
    bounds = [*descriptor.floating_point_range, *descriptor.integer_range]
    low, high = (bounds[0].from_value, bounds[0].to_value) if bounds else (None, None)
    if not all(b is not None and math.isfinite(b) for b in (low, high)):
        low = high = None
    constraints = descriptor.additional_constraints
    plain = parameter_value_to_python(value)
    if isinstance(plain, float) and not math.isfinite(plain):
        plain = None
    return {
        "name": descriptor.name,
        "type": _TYPES[value.type],
        "value": list(plain) if isinstance(plain, (list, tuple)) else plain,
        "description": descriptor.description.removesuffix(LIVE).strip(),
        "live": descriptor.description.endswith(LIVE),
        "low": low,
        "high": high,
        "choices": constraints.removeprefix(CHOICES).split(", ") if constraints.startswith(CHOICES) else [],
        "read_only": descriptor.read_only,
    }
