"""Events in a verb's images: arguments that name rules, and these at work."""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import replace

import numpy as np

from ..events import Rule, Watch, load_rules
from ..events.event import Event, Phase
from ..events.situation import Situation
from ..media.frame import Frame
from ..poses import Poses


def add_event_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments that say which events to look for; shared by verbs."""
    parser.add_argument(
        "--events",
        nargs="+",
        default=[],
        metavar="RULES",
        help="tell what people do: names of shipped rules (raised_hand, fallen, ...), or files of rules",
    )
    parser.add_argument("--zones", metavar="FILE", help="zones for these rules, see trt-pose draw-zones")


def rules_of(arguments: argparse.Namespace, **parameters: float) -> tuple[Rule, ...]:
    """The rules that the arguments name, none where they name none; ``parameters`` are set in all of them.

    Raises:
        OSError, ValueError, ImportError: what is wrong with them.
    """
    if not arguments.events:
        if arguments.zones:
            raise ValueError("--zones is for rules: name some by --events")
        return ()
    rules = load_rules(arguments.events, zones=arguments.zones)
    given = {f"{rule.name}.{name}": value for rule in rules for name, value in parameters.items()}
    return load_rules(arguments.events, zones=arguments.zones, parameters=given) if given else rules


def watching_of(arguments: argparse.Namespace, stills: bool) -> Watching | None:
    """What watches a source of images, None where the arguments name no rules; errors as of :func:`rules_of`.

    Args:
        arguments: of the verb.
        stills: the images are pictures, each with people of its own: what is seen in one counts at once.
    """
    rules = rules_of(arguments, **({"for": 0.0} if stills else {}))
    return Watching(rules, stills) if rules else None


class Watching:
    """Watches one source of images.

    Args:
        rules: to watch.
        stills: see :func:`watching_of`.

    Attributes:
        started: {kind: how many events of it have started}.
    """

    def __init__(self, rules: tuple[Rule, ...], stills: bool) -> None:
        self._rules, self._watch, self._stills, self._stamp = rules, Watch(rules), stills, 0.0
        self.started: Counter[str] = Counter()

    def update(self, frame: Frame, poses: Poses, hands: Poses | None = None) -> tuple[list[Event], Situation]:
        """Take in the people and hands of an image; what has changed with it, and what is going on."""
        height, width = frame.image.shape[:2]
        if self._stills:
            # who is who does not matter beyond the picture: everybody's identity is their place among its people
            self._watch = Watch(self._rules)
            poses = replace(poses, track_ids=np.arange(len(poses)))
        self._stamp = frame.time or 0.0
        changed = self._watch.update(poses, self._stamp, size=(width, height), hands=hands)
        self.started.update(event.kind for event in changed if event.phase == Phase.START)
        return changed, Situation.of(self._watch, poses, self._stamp, "", (width, height))

    def close(self) -> list[Event]:
        """The ends of what is going on with the last image; pictures have none."""
        return [] if self._stills else self._watch.close(self._stamp)

    def summary(self) -> str:
        """How many events of which kinds there were."""
        kinds = ", ".join(f"{kind} {number}" for kind, number in sorted(self.started.items()))
        number = self.started.total()
        return f"{number} event{'s' * (number != 1)}" + f" ({kinds})" * bool(kinds)
