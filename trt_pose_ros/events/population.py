"""The people, or the hands, that one camera sees, and what they do."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from ..poses import NO_TRACK, Poses
from ..topology import Topology
from .body import frame_of
from .event import GONE, OVER, STOPPED, UNKNOWN, Event, Evidence, Phase
from .evidence import decided
from .grid import Cell, Grid
from .language import HAND
from .lasting import Changes
from .presence import Presence
from .rule import Rule
from .truth import Conditions

_TOLD = 1.0  # seconds from one UPDATE of an event to the next
_HANDS = 4  # identities of hands: those of their owners times this, and their kind

_Key = tuple[str, str, tuple[int, ...]]  # rule, zone, slots


class Population:
    """Watches the people, or the hands, of one camera.

    Args:
        rules: all of people, or all of hands.
        camera: name of the camera.
        new_id: gives ids of events.
    """

    def __init__(self, rules: Sequence[Rule], camera: str, new_id: Callable[[], int]) -> None:
        self.rules, self._camera, self._new_id = rules, camera, new_id
        self._presence = Presence()
        self._topology: Topology | None = None
        self._stamp = math.nan
        self._grid = Grid((), (), 0)
        self._of_hands = any(rule.who == HAND for rule in rules)
        self._going: dict[_Key, Event] = {}

    @property
    def dropped(self) -> int:
        """People that were too many."""
        return self._presence.dropped

    def current(self) -> list[Event]:
        """What goes on, as it was told last."""
        return list(self._going.values())

    def change(self, rules: Sequence[Rule], stamp: float) -> list[Event]:
        """Go on with other rules; what is no rule any more ends."""
        kept = {rule.name: rule.who for rule in rules}
        gone = {rule.name for rule in self.rules if kept.get(rule.name) != rule.who}
        ends = self._end([key for key in self._going if key[0] in gone], stamp, STOPPED)
        self.rules = rules
        if self._topology is not None:
            self._follow(self._topology)
        return ends

    def close(self, stamp: float, reason: str) -> list[Event]:
        """Forget everybody; all that goes on ends."""
        ends = self._end(list(self._going), stamp, reason)
        self._presence.forget(math.inf)
        self._topology, self._grid = None, Grid((), (), 0)
        self._stamp = math.nan
        return ends

    def update(self, poses: Poses, stamp: float, size: tuple[float, float]) -> list[Event]:
        """Take in the next image; return what has changed.

        Args:
            poses: the people, or the hands.
            stamp: of the image in seconds, later than the one before.
            size: of the image, (width, height) in pixels.
        """
        if not len(poses) and not len(self._presence):
            return []
        if poses.topology is not self._topology and poses.topology != self._topology:
            self._follow(poses.topology)
        rows, fresh = self._presence.update(_identities(poses), poses.keypoints, stamp)
        if len(rows) != self._grid.slots:
            self._lay_out()
        present = rows < len(poses)
        elapsed = stamp - self._stamp if math.isfinite(self._stamp) else 0.0
        self._conditions.update(frame_of(poses, rows, stamp, elapsed, fresh, size))
        truth = self._conditions.truth(self._grid.active, self._grid.counted(present))
        changes = self._grid.update(truth, stamp)
        self._stamp = stamp
        told = self._tell(changes, present, stamp)
        self._presence.forget(stamp - self._longest_gap)
        return told

    def _follow(self, topology: Topology) -> None:
        """Watch bodies of this topology from now on."""
        self._topology = topology
        self._conditions = Conditions(self.rules, topology, self._camera)
        self._longest_gap = max((rule.gap for rule in self.rules), default=0.0)
        self._lay_out()

    def _lay_out(self) -> None:
        """Go on with as many slots as there are people now."""
        before = self._grid
        self._grid = Grid(self.rules, self._conditions.zones, len(self._presence))
        self._grid.take_over(before)

    def _tell(self, changes: Changes, present: np.ndarray, stamp: float) -> list[Event]:
        told = []
        for _, cell in self._grid.cells(changes.lost):
            told += self._end([self._key(cell)], stamp, UNKNOWN if present[list(cell.people)].all() else GONE)
        for _, cell in self._grid.cells(changes.over):
            _, evidence, _ = self._decided(cell, True)
            told += self._end([self._key(cell)], stamp, OVER, evidence)
        for key, event in self._going.items():
            ids = self._ids(key[2])
            if stamp - event.stamp >= _TOLD or ids != event.track_ids:
                told.append(self._updated(key, event, ids, stamp))
        for index, cell in self._grid.cells(changes.started):
            told.append(self._started(cell, self._grid.began(index), stamp))
        return told

    def _started(self, cell: Cell, began: float, stamp: float) -> Event:
        rule, zone, people = self._key(cell)
        _, evidence, probability = self._decided(cell, False)
        event = Event(
            rule,
            Phase.START,
            self._new_id(),
            self._camera,
            stamp,
            began,
            self._ids(people),
            zone,
            probability,
            evidence,
        )
        self._going[rule, zone, people] = event
        return event

    def _updated(self, key: _Key, event: Event, ids: tuple[int, ...], stamp: float) -> Event:
        truth, evidence, probability = self._decided(self._cell(key), True)
        if truth <= 0:  # it is not known whether, or not for long enough that it doesn't: what was known last
            evidence, probability = event.evidence, event.probability
        event = replace(
            event, phase=Phase.UPDATE, stamp=stamp, track_ids=ids, evidence=evidence, probability=probability
        )
        self._going[key] = event
        return event

    def _end(self, keys: Sequence[_Key], stamp: float, reason: str, evidence: tuple[Evidence, ...] = ()) -> list[Event]:
        ended = [self._going.pop(key) for key in keys]
        return [replace(event, phase=Phase.END, stamp=stamp, evidence=evidence, reason=reason) for event in ended]

    def _decided(self, cell: Cell, keeps: bool) -> tuple[int, tuple[Evidence, ...], float]:
        return decided(self._conditions.trees[cell.rule], keeps, cell.zone, cell.people, self._ids(cell.people))

    def _key(self, cell: Cell) -> _Key:
        zone = self._conditions.zones[cell.rule][cell.zone]
        return self.rules[cell.rule].name, zone.name if zone is not None else "", cell.people

    def _cell(self, key: _Key) -> Cell:
        name, zone, people = key
        rule = next(i for i, rule in enumerate(self.rules) if rule.name == name)
        names = [z.name if z is not None else "" for z in self._conditions.zones[rule]]
        return Cell(rule, names.index(zone), people)

    def _ids(self, people: Sequence[int]) -> tuple[int, ...]:
        ids = (int(self._presence.ids[slot]) for slot in people)
        return tuple(i // _HANDS if self._of_hands and i != NO_TRACK else i for i in ids)


def _identities(poses: Poses) -> np.ndarray:
    """int64 [P]: what tells people apart; of hands, which hand of whom, -1 where nothing tells."""
    ids = poses.track_ids.astype(np.int64)
    if not poses.kinds.any():
        return ids
    owned = poses.owner_ids >= 0
    # a hand without an owner may have an identity of its own
    return np.where(
        owned, poses.owner_ids.astype(np.int64) * _HANDS + poses.kinds, np.where(ids >= 0, ids * _HANDS, NO_TRACK)
    )
