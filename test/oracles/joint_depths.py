"""Slow reference of native's Body.locate: all people, joints and candidates at once, in NumPy.

The rules are those of trt_pose_ros/native/depth, written a second time in another way.
"""

import numpy as np

from trt_pose_ros.spatial.anatomy import LONG, SMALLEST, STATURE, TALLEST

_QUANTILES = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
_M = len(_QUANTILES)
_BODY = 0.35
_HIDDEN = np.linspace(-0.6, 0.6, 16)
_INFERRED = 0.1


def locate(body, found, rays, scores, samples, middles):
    """Depths and standard deviations [P, K], as Body.locate gives them; ``body`` is an Anatomy."""
    found = found & np.isfinite(rays).all(axis=2) & np.isfinite(scores)
    scores = np.where(found, scores, 0.0)
    depths, costs = _measured(np.where(found[..., None], samples, np.nan), middles, STATURE * np.nan_to_num(body.radii))
    surfaces = np.fmin(depths[..., 0], depths[..., 1])
    points = depths[..., None] * rays[:, :, None]
    first = _choose(points, costs, middles, surfaces, rays, scores, found, body)
    costs = costs + _in_flesh(points, first, scores, middles, body)
    again = commonest(np.where(costs < 8, depths, np.nan).reshape(len(depths), -1))
    again = np.where(np.isnan(again), middles, again)
    return _located(
        _choose(points, costs, again, surfaces, rays, scores, found, body), costs, rays, scores, found, body
    )


def commonest(depths):
    """[P]: the depth that most of [P, N] are close to: the mean around the nearest with the most neighbours."""
    depths = np.sort(depths, axis=1)
    with np.errstate(all="ignore"):
        number = (np.abs(depths[:, :, None] - depths[:, None]) < _BODY).sum(axis=2)
        best = depths[np.arange(len(depths)), number.argmax(axis=1)]
        close = np.abs(depths - best[:, None]) < _BODY
        return np.where(close, depths, 0.0).sum(axis=1) / close.sum(axis=1)


def _measured(samples, middles, radii):
    """Depths and costs [P, K, M] of what was measured."""
    samples = np.sort(samples, axis=2)
    count = np.isfinite(samples).sum(axis=2)[..., None]
    index = np.maximum(_QUANTILES * (count - 1), 0).astype(int)
    at = np.take_along_axis(samples, index, axis=2) if samples.shape[2] else np.full((*samples.shape[:2], _M), np.nan)
    width = (0.05 + 0.005 * middles**2)[:, None, None, None]
    with np.errstate(all="ignore"):
        off = samples[:, :, None] - at[..., None]
        close = np.abs(off) < width
        number = close.sum(axis=3)
        depths = at + np.where(close, off, 0.0).sum(axis=3) / number + radii[:, None]
        costs = -np.log(number / count) + 2.0 * (off <= -width).sum(axis=3) / count
    return depths, np.where(np.isfinite(depths), costs, np.inf)


def _hidden(middles, surfaces, scores):
    depths = np.broadcast_to((middles[:, None] + _HIDDEN)[:, None], (*scores.shape, len(_HIDDEN)))
    with np.errstate(invalid="ignore"):
        before = depths < (surfaces - 0.03)[..., None]
        beside = (surfaces > middles[:, None] + 0.8)[..., None]
    costs = 1.0 + 5.0 * scores[..., None] + before * np.where(beside, 2.0, 8.0)
    return depths, np.where(np.isfinite(depths), costs, np.inf)


def _parents(found, body):
    rank = np.empty(len(body.order), int)
    rank[body.order] = np.arange(len(rank))
    possible = (rank[None, :] < rank[:, None])[None] & found[:, None, :]
    # of several the first in the order
    far = np.where(possible, body.farthest, np.inf)[:, :, body.order]
    best = np.array(body.order)[far.argmin(axis=2)]
    return np.where(np.isfinite(far.min(axis=2)), best, np.arange(len(rank)))


def _best_with_each(points, costs, parent, body, statures):
    row, own = np.arange(len(points)), np.arange(points.shape[1])
    above = np.nan_to_num(points[row[:, None], parent])
    length = np.linalg.norm(np.nan_to_num(points)[:, :, :, None] - above[:, :, None], axis=-1)
    low = (body.nearest[own, parent] * statures[:, None])[..., None, None]
    high = (np.where(parent == own, 1e9, body.farthest[own, parent]) * statures[:, None])[..., None, None]
    pairs = np.minimum((np.maximum(np.maximum(low - length, length - high), 0) / 0.04) ** 2, 30.0)
    there = np.isfinite(costs).any(axis=2)
    bound = there & there[row[:, None], parent] & (parent != own)
    costs = np.where(there[..., None], costs, 0.0)
    messages = np.zeros_like(costs)
    for joint in body.order[::-1]:
        message = (costs[:, joint, :, None] + pairs[:, joint]).min(axis=1)
        messages[:, joint] = np.where(bound[:, joint, None], message, 0.0)
        costs[row, parent[:, joint]] += messages[:, joint]
    for joint in body.order:
        rest = costs[row, parent[:, joint]] - messages[:, joint]
        message = (rest[:, None] + pairs[:, joint]).min(axis=2)
        costs[:, joint] += np.where(bound[:, joint, None], message, 0.0)
    return costs


def _statures(points, costs, body):
    best = np.take_along_axis(points, costs.argmin(axis=2)[..., None, None], axis=2)[:, :, 0]
    best = np.where(np.isfinite(costs.min(axis=2))[..., None], best, np.nan)
    told = np.linalg.norm(best[:, body.bones[:, 0]] - best[:, body.bones[:, 1]], axis=2) / body.lengths
    with np.errstate(invalid="ignore"):
        told = np.where((told > SMALLEST) & (told < TALLEST) & (body.lengths > LONG), told, np.nan)
    return np.nanmedian(np.concatenate([told, np.full((len(told), 3), STATURE)], axis=1), axis=1)


def _choose(points, costs, middles, surfaces, rays, scores, found, body):
    """A dict of what is chosen for each person."""
    statures = _statures(points, costs, body)
    hidden, unseen = _hidden(middles, surfaces, scores)
    points = np.concatenate([points, hidden[..., None] * rays[:, :, None]], axis=2)
    costs = np.where(found[..., None], np.concatenate([costs, unseen], axis=2), np.inf)
    marginals = _best_with_each(points, costs, _parents(found, body), body, statures)
    which, least = marginals.argmin(axis=2), marginals.min(axis=2)
    there = found & np.isfinite(np.take_along_axis(costs, which[..., None], axis=2)[..., 0]) & np.isfinite(least)
    with np.errstate(all="ignore"):
        weights = np.where(np.isfinite(costs), np.exp(-0.5 * (marginals - least[..., None])), 0.0)
        depths = np.where(weights > 0, points[..., 2], 0.0)
        best = np.take_along_axis(points[..., 2], which[..., None], axis=2)[..., 0]
        mean = (weights * depths).sum(axis=2) / weights.sum(axis=2)
        spread = np.sqrt((weights * (depths - mean[..., None]) ** 2).sum(axis=2) / weights.sum(axis=2))
        clear = (which < _M) & (spread < _INFERRED)
        z = np.where(there, np.where(clear, best, mean), np.nan)
        stddevs = np.sqrt((weights * (depths - z[..., None]) ** 2).sum(axis=2) / weights.sum(axis=2))
    total = np.where(there, least, 0.0).max(axis=1)
    rank = total / np.maximum(found.sum(axis=1), 1) - 5.0 * np.log(statures)
    return {"which": which, "z": z, "stddevs": stddevs, "total": total, "statures": statures, "rank": rank,
            "joints": z[..., None] * rays, "measured": there & (which < _M)}  # fmt: skip


def _in_flesh(points, chosen, scores, middles, body):
    long = body.lengths > LONG
    a, b = body.bones[long].T
    joints = np.where(chosen["measured"][..., None], chosen["joints"], np.nan)
    start, along = joints[:, a], joints[:, b] - joints[:, a]
    fits = np.linalg.norm(along, axis=2) < body.farthest[a, b] * chosen["statures"][:, None] + 0.1
    radii = STATURE * np.nan_to_num(body.radii)
    people = np.arange(len(points))
    with np.errstate(all="ignore"):
        off = points[:, :, :, None, None] - start
        share = np.clip((off * along).sum(axis=-1) / np.maximum((along**2).sum(axis=-1), 1e-9), 0, 1)
        distance = np.linalg.norm(off - share[..., None] * along, axis=-1)
        inside = (distance < (radii[a] + radii[b]) / 2 + 0.05) & fits  # [P, K, M, P, bones]
        theirs = np.abs(points[..., 2, None] - middles)
        ours = np.abs(points[..., 2] - middles[:, None, None])[..., None]
        better = (chosen["rank"][None, :] < chosen["rank"][:, None])[:, None, None]
        goes = (theirs < ours - 0.15) | ((theirs < ours + 0.15) & better)
    goes[people, :, :, people] = False
    others = (inside.any(axis=-1) & goes).any(axis=-1)
    apart = (a != np.arange(len(radii))[:, None]) & (b != np.arange(len(radii))[:, None])
    own = (inside[people, :, :, people] & apart[None, :, None]).any(axis=-1)
    return 10.0 * others + 8.0 * (1 - scores[..., None]) * own


def _located(chosen, costs, rays, scores, found, body):
    a, b = body.bones.T
    z, statures, joints = chosen["z"], chosen["statures"][:, None], chosen["joints"]
    cost = np.take_along_axis(costs, np.minimum(chosen["which"], _M - 1)[..., None], axis=2)[..., 0]
    measured = chosen["measured"] & (cost < 8)
    certain = measured & (chosen["stddevs"] < _INFERRED)
    way = np.where(certain[:, None], body.farthest, np.inf).min(axis=2) * statures
    with np.errstate(all="ignore"):
        hidden = np.maximum(np.hypot(chosen["stddevs"], 0.2 * way), _INFERRED)
        stddevs = np.where(measured, np.hypot(0.02, chosen["stddevs"]), hidden)
        length = np.linalg.norm(joints[:, a] - joints[:, b], axis=2)
        long, short = 1.1 * statures * body.farthest[a, b] + 0.08, 0.9 * statures * body.nearest[a, b] - 0.12
        wrong = (length > long) | (length < short)
    ends = np.zeros((len(a), z.shape[1]))
    ends[np.arange(len(a)), a] = ends[np.arange(len(a)), b] = 1
    guilt = (wrong @ ends) / np.maximum(np.isfinite(length) @ ends, 1) - 0.1 * scores
    blamed = np.zeros(z.shape, bool)
    person, bone = np.nonzero(wrong)
    blamed[person, np.where(guilt[:, a] > guilt[:, b], a, b)[person, bone]] = True
    count = found.sum(axis=1)
    enough = (certain.sum(axis=1) >= np.maximum(3, 0.4 * count)) & (chosen["total"] < 8 * count)
    told = np.isfinite(z) & ~blamed & enough[:, None]
    return np.where(told, z, np.nan), np.where(told, stddevs, np.nan)
