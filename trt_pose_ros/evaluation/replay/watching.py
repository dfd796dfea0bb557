"""Events of a replayed bag: the rules of events_node, image by image."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ...events import Rule, Watch
from ...events.event import Phase
from ...events.situation import Situation
from .merge import Frame, seconds
from .parts import Seen


def watched(
    frames: Iterable[Frame | Seen], rules: Sequence[Rule], min_score: float, started: Counter[str]
) -> Iterator[Frame | Seen]:
    """The images of one bag, each with what changed and what is going on; with the last one all events end.

    Args:
        frames: in order; those that could not be read go along as they are.
        rules: to watch.
        min_score: people with a lower score take no part, as they are in no message.
        started: {kind: how many events of it have started}; is added to.
    """
    watch, held = Watch(rules), list[Frame | Seen]()  # held back: it may be the last that can tell something
    for frame in frames:
        if isinstance(frame, Frame):
            yield from held
            held = []
            frame = _taken(watch, frame, min_score)
            started.update(event.kind for event in frame.changed if event.phase == Phase.START)
        held.append(frame)
    for frame in held:
        if isinstance(frame, Frame):
            ends = watch.close(_stamp(frame))
            yield replace(frame, changed=(*frame.changed, *ends), going_on=())
        else:
            yield frame


def _taken(watch: Watch, frame: Frame, min_score: float) -> Frame:
    image, poses = frame.image, frame.poses[frame.poses.scores >= min_score]
    size = image.width, image.height
    changed = watch.update(poses, _stamp(frame), camera=image.camera, size=size)
    situation = Situation.of(watch, poses, _stamp(frame), image.camera, size)
    return replace(frame, changed=tuple(changed), going_on=tuple(watch.current()), situation=situation)


def _stamp(frame: Frame) -> float:
    return seconds(frame.seen.stamp or frame.seen.log_time)
