"""What is told against what happens: which events are right, which truths are found, and after what time."""

from collections import defaultdict
from dataclasses import dataclass, field, fields

import numpy as np

from trt_pose_ros.events.event import Phase

from .truths import MAYBE, NO, YES

SYMMETRIC = ("too_close",)
LASTS = 1.0  # seconds that something has to go on to be demanded
SLACK = 0.3  # seconds by which an event may be told too early or too late to be of a truth


@dataclass
class Tally:
    """Counts of one kind of event.

    Attributes:
        truths: what happened and could be seen, ``found`` of which events told.
        told: events told; of those ``wrong``, and ``unsure`` (neither right nor wrong, see truths).
        extra: right events that told a truth once more: it was interrupted.
        latencies: seconds from the cause to the START of each found truth.
        seconds: of images that were watched.
        missed, false: (seed, camera, people, stamp) of the mistakes, to look at.
    """

    truths: int = 0
    found: int = 0
    told: int = 0
    wrong: int = 0
    unsure: int = 0
    extra: int = 0
    seconds: float = 0.0
    latencies: list = field(default_factory=list)
    missed: list = field(default_factory=list)
    false: list = field(default_factory=list)

    def add(self, other):
        """Add the counts of another one."""
        for f in fields(self):
            setattr(self, f.name, getattr(self, f.name) + getattr(other, f.name))

    @property
    def recall(self):
        return self.found / self.truths if self.truths else np.nan

    @property
    def precision(self):
        sure = self.told - self.unsure
        return (sure - self.wrong) / sure if sure else np.nan

    @property
    def false_an_hour(self):
        return 3600 * self.wrong / self.seconds if self.seconds else np.nan

    def latency(self, share):
        """Quantile of the latencies in seconds."""
        return float(np.quantile(self.latencies, share)) if self.latencies else np.nan


@dataclass(frozen=True)
class _Told:
    """An event as indices of times: first seen, START, END; and who it is about."""

    kind: str
    people: tuple
    began: int
    start: int
    end: int


def told(events, times, ids):
    """The _Told of a camera's events, told by track ids [T, P]; those of unknown people get -1."""
    found, ends = [], {e.id: e.stamp for e in events if e.phase is Phase.END}
    for event in events:
        if event.phase is not Phase.START:
            continue
        start = int(np.searchsorted(times, event.stamp - 1e-6))
        people = [np.flatnonzero(ids[start] == i) for i in event.track_ids]
        people = tuple(int(p[0]) if len(p) else -1 for p in people)
        began, end = np.searchsorted(times, [event.began - 1e-6, ends.get(event.id, times[-1]) - 1e-6])
        found.append(_Told(event.kind, people, int(began), start, min(int(end), len(times) - 1)))
    return found


def score(tallies, seed, episode, events):
    """Add an episode to the tallies.

    Args:
        tallies: {kind: Tally} of single cameras; ``tallies["any " + kind]`` of all cameras together.
        seed: of the episode.
        episode: Episode.
        events: one list of Events a view.
    """
    times = episode.times
    by_truth = {(t.kind, t.people): t for t in episode.truths}
    by_truth |= {(t.kind, t.people[::-1]): t for t in episode.truths if t.kind in SYMMETRIC}
    views = [told(view_events, times, view.ids) for view, view_events in zip(episode.views, events, strict=True)]
    span = times[-1] - times[0]
    for kind in {t.kind for t in episode.truths}:
        for prefix in ("", "any "):
            tallies[prefix + kind].seconds += span * (len(views) if not prefix else 1)
    for view, its in zip(episode.views, views, strict=True):
        for event in its:
            tally = tallies[event.kind]
            verdict = _verdict(by_truth.get((event.kind, event.people)), event, times)
            tally.told += 1
            tally.wrong += verdict == NO
            tally.unsure += verdict == MAYBE
            if verdict == NO:
                tally.false.append((seed, view.camera.name, event.people, round(float(times[event.start]), 2)))
    for truth in episode.truths:
        for first, last in truth.intervals(times, LASTS):
            starts = []
            for view, its in zip(episode.views, views, strict=True):
                of = [e for e in its if by_truth.get((e.kind, e.people)) is truth]
                of = [e for e in of if e.start <= last and e.end >= first]
                seen = truth.seen_by(view, first, last)
                starts.append((seen, min((e.start for e in of), default=None)))
                where = (seed, view.camera.name, truth.people, round(float(times[first]), 2))
                _find(tallies[truth.kind], seen, starts[-1][1], times, first, where)
                tallies[truth.kind].extra += max(0, len(of) - 1)
            start = min((s for _, s in starts if s is not None), default=None)
            where = (seed, "any", truth.people, round(float(times[first]), 2))
            _find(tallies["any " + truth.kind], any(seen for seen, _ in starts), start, times, first, where)


def _find(tally, seen, start, times, first, where):
    if not seen:
        return
    tally.truths += 1
    if start is None:
        tally.missed.append(where)
    else:
        tally.found += 1
        tally.latencies.append(float(times[start] - times[first]))


def _verdict(truth, event, times):
    """YES where the event is right, NO where it is wrong, MAYBE where nobody can say."""
    if truth is None:
        return NO
    slack = round(SLACK / (times[1] - times[0]))
    if (truth.levels[max(0, event.began - slack) : event.start + 1] == NO).all():
        return NO
    return YES if (truth.levels[event.began : event.end + 1] == YES).any() else MAYBE


def tallies():
    """Empty ones."""
    return defaultdict(Tally)
