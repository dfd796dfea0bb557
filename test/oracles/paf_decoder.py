"""The algorithm of trt_pose_ros/native/paf in plain NumPy, one image at a time: what the tests compare it with."""

import numpy as np

MISSING = -1
BODY_AREA = 0.3  # over the squared diagonal of the box around the keypoints
SMALLEST = 2  # body size in cells; smaller people are taken for as large
NARROWEST = 0.875  # standard deviation in cells of the narrowest Gaussian that networks are trained on


def decode(topology, options, cmap, paf):
    """cmap [K, H, W], paf [2L, H, W] in topology order and (x, y) -> keypoints [P, K, 3], scores [P]."""
    cmap = np.where(np.isfinite(cmap), cmap, 0).astype(np.float64)
    paf = np.where(np.isfinite(paf), paf, 0).astype(np.float64).reshape(len(topology.links), 2, *cmap.shape[1:])
    peaks = [find_peaks(heatmap, options) for heatmap in cmap]
    people = assemble(topology, options, peaks, find_connections(topology, options, peaks, paf))
    complete(topology, options, cmap, paf, peaks, people)
    return select(topology, options, peaks, people)


def find_peaks(heatmap, options):
    """[N, 4]: x, y, score, strong. Strong ones are refined, weak ones lie on their cell."""
    rows, columns = heatmap.shape
    ringed = np.pad(heatmap, 1, constant_values=-np.inf)
    is_peak = heatmap >= np.float32(min(options.weak_peak_threshold, options.peak_threshold))
    for down in (-1, 0, 1):
        for across in (-1, 0, 1):
            neighbour = ringed[1 + down : 1 + down + rows, 1 + across : 1 + across + columns]
            if (down, across) < (0, 0):
                is_peak &= heatmap > neighbour
            elif (down, across) > (0, 0):
                is_peak &= heatmap >= neighbour
    y, x = np.nonzero(is_peak)
    order = np.lexsort((x, y, -heatmap[y, x]))[: options.max_peaks]
    peaks = np.stack([x, y, heatmap[y, x], heatmap[y, x] >= np.float32(options.peak_threshold)], 1)[order]
    for i in np.nonzero(peaks[:, 3])[0]:
        peaks[i, :3] = refined(heatmap, peaks[i])
    return peaks


def refined(heatmap, peak):
    x, y, score = int(peak[0]), int(peak[1]), peak[2]

    def top(before, after):
        b, m, a = np.log(np.maximum([before, score, after], 1e-3))
        curvature = 2 * m - b - a
        offset = np.clip(0.5 * (a - b) / curvature, -0.5, 0.5) if curvature > 0 else 0.0
        return offset, offset**2 / 2 * min(curvature, 1 / NARROWEST**2)

    across = top(heatmap[y, x - 1], heatmap[y, x + 1]) if 0 < x < heatmap.shape[1] - 1 else (0, 0)
    down = top(heatmap[y - 1, x], heatmap[y + 1, x]) if 0 < y < heatmap.shape[0] - 1 else (0, 0)
    return x + across[0], y + down[0], min(score * np.exp(across[1] + down[1]), 1)


def along(field, start, end, places):
    """The field [2, M] at some points of a segment, projected on its direction."""
    limb = np.subtract(end, start)
    length = np.hypot(*limb)
    return np.clip(limb @ field / length, -1, 1) if length > 1e-6 else np.zeros(places)


def glance(field, start, end, options):
    points = start + np.outer([0.25, 0.5, 0.75], np.subtract(end, start))
    x, y = (points + 0.5).astype(int).T
    values = along(field[:, y, x], start, end, 3)
    agree = values > options.link_threshold
    return values.mean() if agree[1] and (agree[0] or agree[2]) else 0.0


def link_score(field, start, end, options):
    points = start + np.outer(np.linspace(0, 1, options.link_samples), np.subtract(end, start))
    values = along(bilinear(field, points), start, end, options.link_samples)
    agreeing = (values > options.link_threshold).sum()
    needed = np.ceil(np.float32(options.link_agreement) * np.float32(options.link_samples))
    return values.mean() if agreeing >= needed and values.mean() > options.link_threshold else 0.0


def bilinear(field, points):
    x, y = np.clip(points, 0, np.subtract(field.shape[:0:-1], 1)).T
    left, top = x.astype(int), y.astype(int)
    right, bottom = np.minimum(left + 1, field.shape[2] - 1), np.minimum(top + 1, field.shape[1] - 1)
    u, v = x - left, y - top
    upper = field[:, top, left] * (1 - u) + field[:, top, right] * u
    lower = field[:, bottom, left] * (1 - u) + field[:, bottom, right] * u
    return upper * (1 - v) + lower * v


def find_connections(topology, options, peaks, paf):
    """(score, link, index of the peak it comes from, of the one it goes to), best first."""
    connections = []
    for link, (a, b) in enumerate(topology.links):
        starts = peaks[a][peaks[a][:, 3] > 0, :2]
        ends = peaks[b][peaks[b][:, 3] > 0, :2]
        if not len(starts) or not len(ends):
            continue
        glances = np.array([[glance(paf[link], s, e, options) for e in ends] for s in starts])
        rivals = np.maximum(glances.max(axis=1, keepdims=True), glances.max(axis=0, keepdims=True))
        for i, j in np.argwhere((glances > 0) & (glances >= 0.5 * rivals)):
            score = link_score(paf[link], starts[i], ends[j], options)
            if score > 0:
                connections.append((score, link, i, j))
    return sorted(connections, key=lambda c: (-c[0], c[1:]))


class People:
    """peak and support [P, K] of every person, and who each peak was first given to."""

    def __init__(self, keypoints):
        self.peak = np.empty((0, keypoints), int)
        self.support = np.empty((0, keypoints))
        self.owner = {}  # (keypoint, peak) -> person

    def start(self):
        self.peak = np.vstack([self.peak, np.full(self.peak.shape[1], MISSING)])
        self.support = np.vstack([self.support, np.zeros(self.peak.shape[1])])
        return len(self.peak) - 1

    def give(self, person, node):
        self.peak[person, node[0]] = node[1]
        self.owner[node] = person

    def hold(self, person, keypoint, score):
        self.support[person, keypoint] = max(self.support[person, keypoint], score)

    def contradict(self, a, b):
        return ((self.peak[a] != MISSING) & (self.peak[b] != MISSING)).any()

    def join(self, person, other):
        taken = self.peak[other] != MISSING
        for k in np.nonzero(taken)[0]:
            node = (k, self.peak[other, k])
            if self.owner[node] == other:
                self.owner[node] = person
        self.peak[person, taken] = self.peak[other, taken]
        self.support[person, taken] = self.support[other, taken]
        self.peak[other], self.support[other] = MISSING, 0


def assemble(topology, options, peaks, connections):
    people = People(len(peaks))
    for score, link, i, j in connections:
        nodes = [(k, p) for k, p in zip(topology.links[link], (i, j), strict=True)]
        first, second = (people.owner.get(node, MISSING) for node in nodes)
        if first == MISSING and second == MISSING:
            person = people.start()
            people.give(person, nodes[0])
            people.give(person, nodes[1])
        elif first == MISSING or second == MISSING:
            person, new = (second, nodes[0]) if first == MISSING else (first, nodes[1])
            if people.peak[person, new[0]] != MISSING:
                continue
            people.give(person, new)
        else:
            person = first
            if first != second:
                if people.contradict(first, second):
                    continue
                people.join(first, second)
        for keypoint, _ in nodes:
            people.hold(person, keypoint, score)
    for score, link, i, j in connections:
        if score >= np.float32(options.share_threshold):
            nodes = [(k, p) for k, p in zip(topology.links[link], (i, j), strict=True)]
            share(people, score, nodes[0], nodes[1])
            share(people, score, nodes[1], nodes[0])
    if min(options.min_keypoints, len(peaks)) == 1:
        for k, some in enumerate(peaks):
            for i in np.nonzero(some[:, 3])[0]:
                if (k, i) not in people.owner:
                    people.give(people.start(), (k, i))
    return people


def share(people, score, node, other):
    holder, person = people.owner.get(node, MISSING), people.owner.get(other, MISSING)
    if MISSING in (holder, person) or holder == person:
        return
    if people.peak[person, node[0]] != MISSING or people.peak[holder, other[0]] == MISSING:
        return
    for piece in range(len(people.peak)):
        shares = piece not in (holder, person) and people.peak[piece, node[0]] == node[1]
        if shares and not people.contradict(piece, person):
            people.join(person, piece)
            break
    people.peak[person, node[0]] = node[1]
    people.hold(person, node[0], score)
    people.hold(person, other[0], score)


def complete(topology, options, cmap, paf, peaks, people):
    extensions = []

    def propose_from(person, keypoint):
        here = peaks[keypoint][people.peak[person, keypoint], :2]
        for link, (a, b) in enumerate(topology.links):
            if keypoint not in (a, b):
                continue
            missing, field = (b, paf[link]) if keypoint == a else (a, -paf[link])
            if people.peak[person, missing] != MISSING:
                continue
            for i, there in enumerate(peaks[missing]):
                if (missing, i) in people.owner or not glance(field, here, there[:2], options) > 0:
                    continue
                score = link_score(field, here, there[:2], options)
                if score > 0:
                    extensions.append((score * there[2], score, person, keypoint, missing, i))

    for person in range(len(people.peak)):
        found = np.nonzero(people.peak[person] != MISSING)[0]
        if len(found) >= min(options.min_keypoints, len(peaks)):
            for keypoint in found:
                propose_from(person, keypoint)
    while extensions:
        best = max(extensions, key=lambda e: (e[0], -e[2]))
        extensions.remove(best)
        _, score, person, origin, missing, i = best
        if people.peak[person, missing] != MISSING or (missing, i) in people.owner:
            continue
        people.give(person, (missing, i))
        people.hold(person, missing, score)
        people.hold(person, origin, score)
        if not peaks[missing][i, 3]:
            peaks[missing][i, :3] = refined(cmap[missing], peaks[missing][i])
        propose_from(person, missing)


def select(topology, options, peaks, people):
    tolerances = BODY_AREA * np.square(2 * np.array(topology.sigmas))
    linked = np.isin(np.arange(len(peaks)), [k for link in topology.links for k in link])
    kept = []
    for person in range(len(people.peak)):
        found = people.peak[person] != MISSING
        if not found.any() or found.sum() < min(options.min_keypoints, len(peaks)):
            continue
        keypoints = np.full((len(peaks), 3), (np.nan, np.nan, 0))
        for k in np.nonzero(found)[0]:
            keypoints[k] = peaks[k][people.peak[person, k], :3]
        squared_size = max(np.square(np.ptp(keypoints[found, :2], axis=0)).sum(), SMALLEST**2)
        variances = squared_size * tolerances
        support = np.where(linked, people.support[person], 1)
        expected = (keypoints[:, 2] * support * variances / (variances + 1)).mean()
        score = expected**1.5 / (expected**1.5 + 0.042**1.5)
        if score >= options.min_score:
            kept.append((score, squared_size, keypoints))
    kept.sort(key=lambda candidate: -candidate[0])
    result = []
    for score, squared_size, keypoints in kept:
        if all(similarity(squared_size, keypoints, *r[1:], tolerances) <= options.nms_threshold for r in result):
            result.append((score, squared_size, keypoints))
    people = [keypoints for _, _, keypoints in result]
    return np.array(people).reshape(-1, len(peaks), 3), np.array([score for score, _, _ in result])


def similarity(squared_size, a, other_squared_size, b, tolerances):
    common = (a[:, 2] > 0) & (b[:, 2] > 0)
    apart = (np.nanmin(a[:, :2], 0) > np.nanmax(b[:, :2], 0)) | (np.nanmin(b[:, :2], 0) > np.nanmax(a[:, :2], 0))
    if not common.any() or apart.any():
        return 0.0
    distance = np.square(a[:, :2] - b[:, :2]).sum(axis=1)
    return np.exp(-distance / (2 * max(squared_size, other_squared_size) * tolerances))[common].mean()
