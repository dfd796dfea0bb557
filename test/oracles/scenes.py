"""Synthetic scenes of known truth: people with moving arms, and the maps a perfect or noisy network gives of them."""

import numpy as np

# A standing person of height 1 seen from the front, by keypoint without its side: x to the person's left, y downwards.
_FIGURE = {
    "nose": (0, 0.07), "eye": (0.022, 0.05), "ear": (0.045, 0.065), "neck": (0, 0.17), "shoulder": (0.1, 0.18),
    "hip": (0.065, 0.52), "knee": (0.075, 0.75), "ankle": (0.08, 0.97),
}  # fmt: skip
_UPPER_ARM, _FOREARM = 0.16, 0.15


def figure(topology, random, height, x, y, arms=True):
    """One person, float [K, 2] in cells: top of the head at (x, y); arms in any direction, or hanging."""
    places = {}
    for side, sign in (("", 0), ("left_", 1), ("right_", -1)):
        for name, (across, down) in _FIGURE.items():
            places[side + name] = np.array([sign * across, down])
        directions = random.uniform(-1.2, 2.4, 2) if arms else np.array([0.2, 0.1])
        reach = np.stack([sign * np.sin(directions), np.cos(directions)], 1)
        places[side + "elbow"] = places[side + "shoulder"] + _UPPER_ARM * reach[0]
        places[side + "wrist"] = places[side + "elbow"] + _FOREARM * reach[1]
    person = np.array([places[name] for name in topology.keypoints])
    return person * height * random.uniform(0.95, 1.05) + (x, y)


def crowd(topology, random, people, size, heights=(18, 30)):
    """Persons, float [people, K, 2], at random places of a map of ``size`` (height, width); limbs may cross."""
    rows = []
    for _ in range(people):
        height = random.uniform(*heights) * min(size) / 56
        x = random.uniform(0.15 * height, size[1] - 0.15 * height)
        y = random.uniform(0, max(size[0] - height, 1))
        rows.append(figure(topology, random, height, x, y))
    return np.array(rows).reshape(people, len(topology.keypoints), 2)


def render(topology, people, size, sigma=1.0, noise=0.0, random=None):
    """Maps of people, float [P, K, 2] in cells (NaN: not in the picture).

    Gaussian peaks, of which the higher counts where they overlap; fields of unit vectors that fall off across a limb
    by the same Gaussian and are averaged where limbs overlap; white noise of standard deviation ``noise`` on both.

    Returns:
        cmap float32 [1, K, H, W] and paf float32 [1, 2L, H, W], components (x, y).
    """
    rows, columns = np.mgrid[: size[0], : size[1]].astype(np.float32)
    cmap = np.zeros((1, len(topology.keypoints), *size), np.float32)
    paf = np.zeros((1, 2 * len(topology.links), *size), np.float32)
    weight = np.full((len(topology.links), *size), 1e-6, np.float32)
    for person in people:
        for k, (x, y) in enumerate(person):
            if np.isfinite(x):
                blob = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * sigma**2))
                cmap[0, k] = np.maximum(cmap[0, k], blob)
        for i, (a, b) in enumerate(topology.links):
            start, limb = person[a], person[b] - person[a]
            length = np.linalg.norm(limb)
            if not length > 0:
                continue
            u, v = limb / length
            along = np.clip((columns - start[0]) * u + (rows - start[1]) * v, 0, length)
            squared = (columns - start[0] - along * u) ** 2 + (rows - start[1] - along * v) ** 2
            strength = np.exp(-squared / (2 * sigma**2))
            paf[0, 2 * i] += strength * strength * u
            paf[0, 2 * i + 1] += strength * strength * v
            weight[i] += strength
    paf /= np.repeat(weight, 2, axis=0)
    if noise:
        cmap += random.normal(0, noise, cmap.shape).astype(np.float32)
        paf += random.normal(0, noise, paf.shape).astype(np.float32)
    return cmap, paf


def match(found, people, tolerance):
    """How well ``found`` (keypoints float [P, K, 3]) agrees with the true ``people`` (float [T, K, 2]).

    A person is right if at least half of the true keypoints lie within ``tolerance`` cells of it; each true person
    is matched once, the best first.

    Returns:
        dict with precision and recall of persons, and of joints (right joints of matched people over all joints
        found, and over all true ones).
    """
    near = np.zeros((len(found), len(people), found.shape[1]), bool)
    for i, person in enumerate(found):
        near[i] = np.linalg.norm(person[None, :, :2] - people, axis=2) <= tolerance
    hits = near.sum(axis=2).astype(float)
    persons = joints = 0
    while hits.size and hits.max() >= found.shape[1] / 2:
        i, t = np.unravel_index(hits.argmax(), hits.shape)
        persons += 1
        joints += int(hits[i, t])
        hits[i], hits[:, t] = 0, 0
    return {
        "person_precision": persons / max(len(found), 1),
        "person_recall": persons / max(len(people), 1),
        "joint_precision": joints / max(int((found[:, :, 2] > 0).sum()), 1),
        "joint_recall": joints / max(int(np.isfinite(people[:, :, 0]).sum()), 1),
    }
