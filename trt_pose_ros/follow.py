"""Follow one person: who it is, how far away they are, and the velocity that keeps a robot behind them.

Skeletons and the time go in, a velocity comes out; `ros/nodes/follow_person_node.py` is the node around it. Pixels have
their origin at the top left, velocities are those of REP 103: forward, and turning to the left, are positive.

    follower = Follower(FollowOptions(distance=1.5))
    follower.update(skeleton_array, now)   # with every message
    command = follower.command(now)        # many times a second, messages or not

Where something is not known the robot stands: on the way to a velocity all comparisons are such that NaN fails them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .events.hand_up import HandUp, Raising
from .events.people import Identity, Person, people_in
from .geometry import CameraModel
from .options import Options, option
from .poses import NO_TRACK

WAITING, FOLLOWING, STOPPED, LOST, STALE = "waiting", "following", "stopped", "lost", "stale"

_ID_MEMORY = 2.0  # seconds without input after which a track id is not believed: a new tracker counts from the start


@dataclass(frozen=True)
class FollowOptions(Options):
    """How to follow."""

    distance: float = option(1.5, "metres to keep from the person", low=0.3, high=10.0)
    tolerance: float = option(0.1, "metres off that distance at which the robot does not move yet", low=0.0, high=1.0)
    clearance: float = option(
        0.6,
        "metres; the robot does not drive forwards while anybody in the image, followed or not, is nearer than this or "
        "at a distance that cannot be told",
        low=0.0,
        high=5.0,
    )
    torso_length: float = option(
        0.5, "metres from shoulder to hip; distances are told by it where no positions are known", low=0.2, high=0.8
    )
    field_of_view: float = option(
        60.0, "width of the image in degrees, used while no calibrated camera_info arrives", low=10.0, high=170.0
    )
    choose: str = option(
        "nearest",
        "whom to follow at first: the nearest person, or the first who raises a hand",
        choices=("nearest", "hand"),
    )
    max_speed: float = option(0.3, "fastest forwards, m/s", low=0.0, high=2.0)
    max_reverse_speed: float = option(0.0, "fastest backwards, m/s; 0: never backwards", low=0.0, high=1.0)
    max_turn_rate: float = option(1.0, "fastest turn, rad/s", low=0.0, high=4.0)
    acceleration: float = option(0.5, "fastest gain of speed, m/s^2", low=0.01, high=10.0)
    deceleration: float = option(
        1.0, "fastest loss of speed, m/s^2; not kept where it has to stop at once", low=0.01, high=10.0
    )
    turn_acceleration: float = option(2.0, "fastest change of the turn rate, rad/s^2", low=0.01, high=20.0)
    speed_gain: float = option(1.0, "m/s for each metre too far away", low=0.0, high=10.0)
    turn_gain: float = option(1.5, "rad/s for each rad off the image's centre", low=0.0, high=10.0)
    lost_timeout: float = option(
        0.5, "seconds that the person may be out of sight before the robot stops", low=0.0, high=5.0
    )
    input_timeout: float = option(
        0.5, "seconds without skeletons after which the robot stops at once", low=0.05, high=5.0
    )
    hand_margin: float = option(
        0.4,
        "a hand is raised when its wrist is this many torso lengths above the shoulder: `margin` of rule raised_hand",
        low=0.0,
        high=1.5,
    )
    hand_frames: int = option(5, "consecutive images in which a hand must be raised to count", low=1, high=100)
    min_keypoint_score: float = option(0.2, "keypoints with a lower score are ignored", low=0.0, high=1.0)


@dataclass(frozen=True)
class Command:
    """A velocity and the reason for it.

    Attributes:
        speed: m/s forwards; finite.
        turn_rate: rad/s to the left; finite.
        state: WAITING (nobody chosen), FOLLOWING, STOPPED (by a raised hand), LOST (out of sight) or STALE (no input).
        track_id: of the chosen person; -1 without one.
        distance: metres to the chosen person when last seen; NaN where that was not to be told.
        blocked: it does not drive forwards, because somebody is nearer than the clearance or at an unknown distance.
    """

    speed: float
    turn_rate: float
    state: str
    track_id: int
    distance: float
    blocked: bool


class Follower:
    """Follows one person; see the module.

    Times are seconds of one clock. Where it jumps or stands still the robot stops until there is new input.

    The chosen person stays chosen: nobody else is driven to because this one is gone. Only somebody who raises a hand
    while the chosen one is lost changes that, or ``choose``.

    Attributes:
        options: FollowOptions, may be replaced at any time.
    """

    def __init__(self, options: FollowOptions) -> None:
        self.options = options
        self._hand_up = HandUp(options.hand_margin)
        self._hands: dict[Person, int] = {}  # of the people in the last image
        self._input_at = self._commanded_at = self._blocked_at = -math.inf
        self._input_is_sound = self._is_blocked = False
        self.halt()
        self.choose()

    def choose(self, track_id: int = NO_TRACK) -> None:
        """Choose anew: the person with this track id and nobody else, or with -1 as the options tell."""
        self._wanted = track_id
        self._chosen: Identity | None = None
        self._caller: Identity | None = None
        self._calls = 0
        self._hand = Raising(False)
        self._seen_at, self._stopped = -math.inf, False
        self._target, self._distance = (0.0, 0.0), math.nan

    def halt(self) -> None:
        """Begin with a standing robot again: the next command accelerates from zero."""
        self._speed = self._turn_rate = 0.0

    def distrust_input(self) -> None:
        """Command zero until the next update."""
        self._input_is_sound = False

    def update(self, array: Any, now: float, camera: CameraModel | None = None) -> None:
        """Take in the people of one image.

        Args:
            array: a SkeletonArray, or what has its attributes.
            now: seconds.
            camera: that took the image, of any size in the same shape; None: one of the options' field of view.

        Raises:
            ValueError: the input makes no sense. The commands are zero until other input arrives.
        """
        pause, self._input_at = now - self._input_at, now
        self.distrust_input()  # until all of it has been understood
        if not math.isfinite(now):
            raise ValueError(f"skeletons at a time of {now} seconds")
        width, height = array.image_width, array.image_height
        if not (width > 0 and height > 0):
            raise ValueError(f"skeletons of an image of {width}x{height} pixels")
        if camera is None:
            camera = CameraModel.from_field_of_view(width, height, self.options.field_of_view)
        people = people_in(array, self.options.min_keypoint_score, camera.scaled_to(width, height))
        self._look_for_blockers(people, now)
        self._look_for_hands(people)
        if self._chosen and (not 0 <= pause <= _ID_MEMORY or self._cannot_be_told(people, now)):
            self._chosen = None
        person = self._find_or_pick(people, now)
        if person is not None:
            self._caller, self._seen_at = None, now
            self._aim(person)
        self._input_is_sound = True

    def command(self, now: float) -> Command:
        """The Command for now. To be called again and again: it is what ends when the input has ended."""
        elapsed, self._commanded_at = now - self._commanded_at, now
        state, o = self._state(now), self.options
        blocked = self._is_blocked or _within(now - self._blocked_at, o.lost_timeout)
        if state == STALE:
            self.halt()
        elif 0 <= elapsed < math.inf:
            speed, turn_rate = self._target if state == FOLLOWING else (0.0, 0.0)
            speed = _ramp(self._speed, speed, o.acceleration * elapsed, o.deceleration * elapsed)
            turn_rate = _ramp(self._turn_rate, turn_rate, o.turn_acceleration * elapsed, o.turn_acceleration * elapsed)
            self._speed, self._turn_rate = speed, turn_rate
        # limits that have just been lowered hold at once, and so does a way that is not free any more
        self._speed = _clip(self._speed, -o.max_reverse_speed, 0.0 if blocked else o.max_speed)
        self._turn_rate = _clip(self._turn_rate, -o.max_turn_rate, o.max_turn_rate)
        track_id = self._chosen.track_id if self._chosen else NO_TRACK
        return Command(self._speed, self._turn_rate, state, track_id, self._distance, blocked)

    def _state(self, now: float) -> str:
        if not (self._input_is_sound and _within(now - self._input_at, self.options.input_timeout)):
            return STALE
        return self._state_of_the_chosen(now)

    def _state_of_the_chosen(self, now: float) -> str:
        if self._seen_at == -math.inf:
            return WAITING
        if self._chosen is None or self._out_of_sight(now):
            return LOST
        return STOPPED if self._stopped else FOLLOWING

    def _out_of_sight(self, now: float) -> bool:
        return not _within(now - self._seen_at, self.options.lost_timeout)

    def _look_for_blockers(self, people: Sequence[Person], now: float) -> None:
        """Note whether anybody is near, or may be; for a while afterwards too: the detector misses single images."""
        o = self.options
        self._is_blocked = not all(p.is_clear_of(o.clearance, o.torso_length) for p in people)
        if self._is_blocked:
            self._blocked_at = now

    def _look_for_hands(self, people: Sequence[Person]) -> None:
        if self._hand_up.margin != self.options.hand_margin:
            self._hand_up = HandUp(self.options.hand_margin)
        self._hands = dict(zip(people, self._hand_up(people), strict=True))

    def _cannot_be_told(self, people: Sequence[Person], now: float) -> bool:
        """Without a track id there is only the place, which serves for a while and while nobody else is near it."""
        chosen = self._chosen
        return (
            chosen is not None
            and chosen.track_id == NO_TRACK
            and (self._out_of_sight(now) or chosen.is_ambiguous(people))
        )

    def _find_or_pick(self, people: Sequence[Person], now: float) -> Person | None:
        """The chosen person, or the one chosen just now; None where nobody is, or where their place is not known."""
        person = self._chosen.find(people) if self._chosen else None
        if person is None:
            person = self._pick(people, self._state_of_the_chosen(now))
            if person is None or not math.isfinite(person.x):
                return None
            self._chosen, self._stopped = Identity(person), False
            self._hand = Raising(self._hands[person] > 0)
        elif self._hand.update(self._hands[person], self.options.hand_frames):
            self._stopped = not self._stopped
        return person if math.isfinite(person.x) else None

    def _pick(self, people: Sequence[Person], state: str) -> Person | None:
        """Somebody to follow from now on, or None."""
        if self._wanted != NO_TRACK:
            return next((p for p in people if p.track_id == self._wanted), None) if state == WAITING else None
        if state == WAITING and self.options.choose == "nearest":
            return min((p for p in people if math.isfinite(self._metres(p))), key=self._metres, default=None)
        return self._called_by(people) if state in (WAITING, LOST) else None

    def _called_by(self, people: Sequence[Person]) -> Person | None:
        """Who has had a hand raised for long enough, the nearest first."""
        raisers = [p for p in people if self._hands[p] > 0]
        caller = self._caller.find(raisers) if self._caller else None
        if caller is None:
            caller, self._calls = min(raisers, key=self._nearest_first, default=None), 0
            self._caller = Identity(caller) if caller else None
        self._calls += 1
        return caller if self._calls >= self.options.hand_frames else None

    def _metres(self, person: Person) -> float:
        return person.place(self.options.torso_length)[0]

    def _nearest_first(self, person: Person) -> float:
        metres = self._metres(person)
        return metres if math.isfinite(metres) else math.inf

    def _aim(self, person: Person) -> None:
        """Set the velocity that brings the person to the middle of the image and to the right distance."""
        o = self.options
        self._distance, bearing = person.place(o.torso_length)
        excess = self._distance - o.distance
        speed = 0.0
        if abs(excess) > o.tolerance:  # not so for NaN
            speed = o.speed_gain * (excess - math.copysign(o.tolerance, excess)) * math.cos(bearing)
        self._target = (
            _clip(speed, -o.max_reverse_speed, o.max_speed),
            _clip(o.turn_gain * bearing, -o.max_turn_rate, o.max_turn_rate),
        )


def _within(elapsed: float, timeout: float) -> bool:
    """Not so for NaN, nor where the clock has gone backwards."""
    return 0 <= elapsed <= timeout


def _clip(value: float, low: float, high: float) -> float:
    """Zero for NaN, where limits are on both sides of it."""
    return min(max(value, low), high) if value == value else 0.0


def _ramp(now: float, target: float, gain: float, loss: float) -> float:
    """From ``now`` towards ``target`` by at most ``gain``, or by ``loss`` where it slows; stands before it reverses."""
    if now * target < 0:
        target = 0.0
    step = gain if abs(target) > abs(now) else loss
    return now + _clip(target - now, -step, step)
