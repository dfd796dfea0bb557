"""Follow one person: who it is, how far away they are, and the velocity that keeps a robot behind them.

Skeletons and the time go in, a velocity comes out; `ros/nodes/follow_person_node.py` is the node around it. Pixels have
their origin at the top left, velocities are those of REP 103: forward, and turning to the left, are positive.

    follower = Follower(FollowOptions(distance=1.5))
    follower.see(skeleton_array, now)      # with every message
    command = follower.command(now)        # many times a second, messages or not
"""

import math
from dataclasses import dataclass

from .options import Options, option
from .people import Camera, Hand, Identity, people_in
from .poses import NO_TRACK

WAITING, FOLLOWING, STOPPED, LOST, STALE = "waiting", "following", "stopped", "lost", "stale"

_ID_MEMORY = 2.0  # seconds without input after which a track id is not believed: a new tracker counts from the start


@dataclass(frozen=True)
class FollowOptions(Options):
    """How to follow."""

    distance: float = option(1.5, "metres to keep from the person", low=0.3, high=10.0)
    tolerance: float = option(0.1, "metres from that distance within which the robot stands", low=0.0, high=1.0)
    clearance: float = option(0.6, "metres; drive on towards nobody who is nearer, chosen or not", low=0.0, high=5.0)
    torso_length: float = option(0.5, "metres from shoulder to hip, by which distances are told", low=0.2, high=0.8)
    field_of_view: float = option(
        60.0, "degrees that the image is wide, where no calibrated camera_info arrives", low=10.0, high=170.0
    )
    choose: str = option(
        "nearest", "whom to follow at first: the nearest person, or who raises a hand", choices=("nearest", "hand")
    )
    max_speed: float = option(0.3, "fastest forwards, m/s", low=0.0, high=2.0)
    max_reverse_speed: float = option(0.0, "fastest backwards, m/s; 0: never backwards", low=0.0, high=1.0)
    max_turn_rate: float = option(1.0, "fastest turn, rad/s", low=0.0, high=4.0)
    acceleration: float = option(0.5, "fastest gain of speed, m/s^2", low=0.01, high=10.0)
    deceleration: float = option(1.0, "fastest loss of speed, m/s^2, but for emergencies", low=0.01, high=10.0)
    turn_acceleration: float = option(2.0, "fastest change of the turn rate, rad/s^2", low=0.01, high=20.0)
    speed_gain: float = option(1.0, "m/s for each metre too far away", low=0.0, high=10.0)
    turn_gain: float = option(1.5, "rad/s for each rad off the image's centre", low=0.0, high=10.0)
    lost_timeout: float = option(0.5, "seconds that the person may be out of sight before it stops", low=0.0, high=5.0)
    input_timeout: float = option(0.5, "seconds without skeletons before it stops at once", low=0.05, high=5.0)
    hand_margin: float = option(
        0.4, "torso lengths that a wrist is above its shoulder when a hand is raised", low=0.0, high=1.5
    )
    hand_frames: int = option(5, "images in a row that must show the hand raised", low=1, high=100)
    min_keypoint_score: float = option(0.2, "keypoints with a lower score are not looked at", low=0.0, high=1.0)


@dataclass(frozen=True)
class Command:
    """A velocity and the reason for it.

    Attributes:
        speed: m/s forwards.
        turn_rate: rad/s to the left.
        state: WAITING (nobody chosen), FOLLOWING, STOPPED (by a raised hand), LOST (out of sight) or STALE (no input).
        track_id: of the chosen person; -1 without one.
        distance: metres to the chosen person when last seen; NaN where that was not to be told.
    """

    speed: float
    turn_rate: float
    state: str
    track_id: int
    distance: float


class Follower:
    """Follows one person; see the module. Times are seconds of a clock that never jumps.

    The chosen person stays chosen: nobody else is driven to because this one is gone. Only somebody who raises a hand
    while the chosen one is lost changes that, or ``choose``.

    Attributes:
        options: FollowOptions, may be replaced at any time.
    """

    def __init__(self, options):
        self.options = options
        self._input_at = self._commanded_at = -math.inf
        self._input_is_sound = False
        self._speed = self._turn_rate = 0.0
        self.choose()

    def choose(self, track_id=NO_TRACK):
        """Choose anew: the person with this track id and nobody else, or with -1 as the options tell."""
        self._wanted = track_id
        self._chosen = self._caller = None
        self._seen_at, self._stopped = -math.inf, False
        self._target, self._distance = (0.0, 0.0), math.nan

    def see(self, array, now, camera=None):
        """Take in the people of one image.

        Args:
            array: a SkeletonArray, or what has its attributes.
            now: seconds.
            camera: Camera, for images of any size; None: one of the options' field of view.

        Raises:
            ValueError: the input makes no sense. The commands are zero until other input arrives.
        """
        pause, self._input_at = now - self._input_at, now
        self._input_is_sound = False
        people = people_in(array, self.options.min_keypoint_score)
        camera = camera or Camera.of_field_of_view(array.image_width, self.options.field_of_view)
        camera = camera.resized(array.image_width)
        self._input_is_sound = True
        if self._chosen and (pause > _ID_MEMORY or self._cannot_be_told(people, now)):
            self._chosen = None
        person = self._chosen and self._chosen.find(people)
        if person is None:
            person = self._pick(people, self._state(now))
            if person is None:
                return
            self._chosen, self._stopped = Identity(person), False
            self._hand = Hand(person.raises_hand(self.options.hand_margin))
        elif self._hand.goes_up(person.raises_hand(self.options.hand_margin), self.options.hand_frames):
            self._stopped = not self._stopped
        self._caller, self._seen_at = None, now
        self._aim(person, people, camera)

    def command(self, now):
        """The Command for now. To be called again and again: it is what ends when the input has ended."""
        elapsed, self._commanded_at = max(0.0, now - self._commanded_at), now
        state, o = self._state(now), self.options
        if state == STALE:
            self._speed = self._turn_rate = 0.0
        elif math.isfinite(elapsed):
            speed, turn_rate = self._target if state == FOLLOWING else (0.0, 0.0)
            speed = _ramp(self._speed, speed, o.acceleration * elapsed, o.deceleration * elapsed)
            turn_rate = _ramp(self._turn_rate, turn_rate, o.turn_acceleration * elapsed, o.turn_acceleration * elapsed)
            # limits that have just been lowered hold at once
            self._speed = _clip(speed, -o.max_reverse_speed, o.max_speed)
            self._turn_rate = _clip(turn_rate, -o.max_turn_rate, o.max_turn_rate)
        track_id = self._chosen.track_id if self._chosen else NO_TRACK
        return Command(self._speed, self._turn_rate, state, track_id, self._distance)

    def _state(self, now):
        if not self._input_is_sound or now - self._input_at > self.options.input_timeout:
            return STALE
        if self._seen_at == -math.inf:
            return WAITING
        if self._chosen is None or self._out_of_sight(now):
            return LOST
        return STOPPED if self._stopped else FOLLOWING

    def _out_of_sight(self, now):
        return now - self._seen_at > self.options.lost_timeout

    def _cannot_be_told(self, people, now):
        """Without a track id there is only the place, which serves for a while and while nobody else is near it."""
        return self._chosen.track_id == NO_TRACK and (self._out_of_sight(now) or self._chosen.is_ambiguous(people))

    def _pick(self, people, state):
        """Somebody to follow from now on, or None."""
        if self._wanted != NO_TRACK:
            return next((p for p in people if p.track_id == self._wanted), None) if state == WAITING else None
        if state == WAITING and self.options.choose == "nearest":
            return max((p for p in people if p.size), key=lambda p: p.size, default=None)
        return self._called_by(people) if state in (WAITING, LOST) else None

    def _called_by(self, people):
        """Who has had a hand raised for long enough, the nearest first."""
        raisers = [p for p in people if p.raises_hand(self.options.hand_margin)]
        caller = self._caller and self._caller.find(raisers)
        if caller is None:
            caller, self._calls = max(raisers, key=lambda p: p.size, default=None), 0
            self._caller = caller and Identity(caller)
        self._calls += 1
        return caller if self._calls >= self.options.hand_frames else None

    def _aim(self, person, people, camera):
        """Set the velocity that brings the person to the middle of the image and to the right distance."""
        o = self.options
        self._distance, bearing = person.place(camera, o.torso_length)
        excess = self._distance - o.distance
        speed = 0.0
        if abs(excess) > o.tolerance:  # not so for NaN
            speed = o.speed_gain * (excess - math.copysign(o.tolerance, excess)) * math.cos(bearing)
        if any(p.place(camera, o.torso_length)[0] < o.clearance for p in people):
            speed = min(speed, 0.0)
        turn_rate = _clip(o.turn_gain * bearing, -o.max_turn_rate, o.max_turn_rate)
        self._target = (_clip(speed, -o.max_reverse_speed, o.max_speed), turn_rate)


def _clip(value, low, high):
    return min(max(value, low), high)


def _ramp(now, target, gain, loss):
    """From ``now`` towards ``target`` by at most ``gain``, or by ``loss`` where it slows; stands before it reverses."""
    if now * target < 0:
        target = 0.0
    step = gain if abs(target) > abs(now) else loss
    return now + _clip(target - now, -step, step)
