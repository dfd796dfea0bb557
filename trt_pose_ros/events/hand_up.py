"""Whether people raise a hand, by the shipped rule ``raised_hand``, image by image."""

from __future__ import annotations

from collections.abc import Sequence

from .judging import judge
from .loading import load_rules
from .people import Person, as_poses

_RULE = "raised_hand"
_ANY = 0.001  # score of joints: whoever made the people has left out the faint ones


class HandUp:
    """Judges the people of an image: 1 a hand is up, -1 it is not, 0 it can't be told.

    Args:
        margin: body sizes that the wrist has to be above the shoulder of its side.

    Raises:
        ImportError: PyYAML is not installed.
    """

    def __init__(self, margin: float) -> None:
        self.margin = margin
        values = {"margin": margin, "keep": margin, "min_score": _ANY}
        self._rules = load_rules(_RULE, parameters={f"{_RULE}.{name}": value for name, value in values.items()})

    def __call__(self, people: Sequence[Person]) -> list[int]:
        """Of each of the people."""
        return judge(self._rules, as_poses(people))[_RULE].tolist()


class Raising:
    """Tells when a hand goes up, once each time.

    It has gone up when it was seen up in so many images in a row, after it had been seen down in as many. An image in
    which it can't be told ends a row, and is one of neither.

    Args:
        up: whether it is up at the beginning.
    """

    def __init__(self, up: bool) -> None:
        self._up, self._row = up, 0

    def update(self, hand: int, images: int) -> bool:
        """Take in one more image, of what :class:`HandUp` tells; True in the one in which the hand has gone up."""
        self._row = self._row + 1 if hand == (-1 if self._up else 1) else 0
        if self._row < images:
            return False
        self._up, self._row = not self._up, 0
        return self._up
