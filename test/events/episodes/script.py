"""Scripts: who does what from when to when."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .actor import during


@dataclass(frozen=True)
class Action:
    """What an actor can do.

    Attributes:
        body: moves trunk and feet: function of the actor, of how far it is done at each time [T] (0 to 1), of the one
            to whom it is done and of a random generator.
        hands: moves the hands, when everybody's trunk and legs are known; as ``body``.
        to_other: it needs somebody to whom it is done.
        shares: how often it is chosen, relative to others.
    """

    body: Callable | None = None
    hands: Callable | None = None
    to_other: bool = False
    shares: float = 1.0


@dataclass(frozen=True, eq=False)
class Part:
    """One action of one actor, from ``begin`` to ``end`` in seconds; everything random of it follows from ``seed``."""

    actor: object
    action: Action
    begin: float
    end: float
    ramp: float
    other: object
    seed: int


def written(rng, actors, actions, near_misses, others, most=2):
    """Parts: everybody does one to ``most`` things one after the other, about half of them near misses.

    Args:
        rng: numpy Generator.
        actors: of the episode.
        actions: Actions that make events.
        near_misses: those that resemble them.
        others: function of an actor and all of them: to whom the actor can do something.
        most: see above.
    """
    parts = []
    for actor in actors:
        near = others(actor, actors)
        begin = rng.uniform(1.0, 3.0)
        for _ in range(rng.integers(1, most + 1)):
            choices = [a for a in (actions if rng.random() < 0.5 else near_misses) if near or not a.to_other]
            shares = np.array([a.shares for a in choices])
            action = choices[rng.choice(len(choices), p=shares / shares.sum())]
            end = begin + rng.uniform(2.0, 4.0)
            other = near[rng.integers(len(near))] if near else None
            parts.append(Part(actor, action, begin, end, rng.uniform(0.3, 0.8), other, int(rng.integers(2**32))))
            begin = end + rng.uniform(1.5, 2.5)
    return parts


def perform(parts, actors):
    """Joints float64 [T, P, 17, 3] of the actors who do the parts of a script."""
    for part in parts:
        _do(part, part.action.body)
    for actor in actors:
        actor.settle()
        actor.rest()
    for part in parts:
        _do(part, part.action.hands)
    return np.stack([actor.joints() for actor in actors], axis=1)


def _do(part, act):
    if act:
        weight = during(part.actor.times, part.begin, part.end, part.ramp)
        act(part.actor, weight, part.other, np.random.default_rng(part.seed))
