"""Message classes by their names, of one library."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


class MessageTypes:
    """Message classes of one library: ``types["sensor_msgs/msg/Image"]``.

    Whoever makes a message gives all fields by name: some libraries know no defaults.

    Args:
        find: function that gives the class of a name; called once for each.
        numbers: function that makes what a field of numbers of any length takes of a contiguous array [n].
    """

    def __init__(self, find: Callable[[str], Any], numbers: Callable[[np.ndarray], Any]) -> None:
        self._find, self._numbers = find, numbers
        self._classes: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._classes:
            self._classes[name] = self._find(name)
        return self._classes[name]

    def numbers(self, values: Any, dtype: Any) -> Any:
        """What a field such as ``uint8[]`` takes, of ``values`` in their order."""
        return self._numbers(np.ascontiguousarray(values, dtype).reshape(-1))
