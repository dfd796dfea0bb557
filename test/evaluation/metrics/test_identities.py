"""Identity metrics by hand, and against TrackEval and motmetrics where they are installed."""

import numpy as np
import pytest

from trt_pose_ros.evaluation.metrics.identities import ALPHAS, Score, TrackedFrame, identity_score, identity_scores


def frame(people, tracks, alike=None):
    """Similarity 1 of people and tracks of the same place in both lists, or as given."""
    similarity = np.zeros((len(people), len(tracks)))
    np.fill_diagonal(similarity, 1)
    return TrackedFrame(people, tracks, similarity if alike is None else np.array(alike, float))


def test_everybody_followed():
    score = identity_score([frame([1, 2], [7, 9])] * 5)
    assert (score.people, score.reports, score.found, score.identified, score.switches) == (10, 10, 10, 10, 0)
    assert (score.mota, score.idf1, score.hota, score.deta, score.assa) == (1, 1, 1, 1, 1)


def test_a_switch_a_miss_and_a_false_report():
    score = identity_score([frame([1], [5]), frame([1], []), frame([1], [6]), frame([1], [6, 8])])
    assert (score.people, score.found, score.missed, score.false) == (4, 3, 1, 1)
    assert (score.switches, score.identified) == (1, 2)
    assert score.mota == pytest.approx(1 - (1 + 1 + 1) / 4)
    assert score.idf1 == pytest.approx(2 * 2 / (4 + 4))


def test_two_who_exchange_their_identities():
    score = identity_score([frame([1, 2], ids) for ids in ([7, 9], [7, 9], [9, 7], [9, 7])])
    assert (score.switches, score.identified, score.fragments) == (2, 4, 0)
    assert (score.idf1, score.deta) == (0.5, 1)
    assert score.assa == pytest.approx(2 / (4 + 4 - 2))  # each pair is together in 2 of the 4 frames that each has
    assert score.hota == pytest.approx(np.sqrt(score.assa))


def test_somebody_lost_for_a_frame_is_a_fragment():
    assert identity_score([frame([1], [5]), frame([1], [6], [[0.1]]), frame([1], [5])]).fragments == 1


def test_who_was_followed_stays_so_though_another_report_is_closer():
    score = identity_score([frame([1], [5]), frame([1], [5, 6], [[0.6, 0.9]])])
    assert (score.found, score.switches, score.false) == (2, 0, 1)


def test_scores_add_up_and_nothing_is_no_error():
    scores = identity_scores([frame([1, 2], [7, 9]), frame([1, 2], [9, 7]), frame([], [])])
    total = sum((frame.score for frame in scores), Score())
    assert [sorted(frame.took_over) for frame in scores] == [[], [7, 9], []]
    assert (total.people, total.found, total.switches) == (4, 4, 2)
    np.testing.assert_array_equal(total.as_array(), Score.of(total.as_array()).as_array())
    for nothing in (identity_score([]), Score(), identity_score([frame([], [])])):
        assert (nothing.mota, nothing.idf1, nothing.hota) == (0, 0, 0)


@pytest.mark.parametrize(
    ("people", "tracks", "similarity", "match"),
    [
        ([1, 1], [2], [[1], [1]], "people of a frame are"),
        ([1], [2, 2], [[1, 1]], "tracks of a frame are"),
        ([1], [2, 3], [[1]], r"similarity has shape \(1, 1\), must be \(1, 2\)"),
    ],
)
def test_frames_that_are_none_are_refused(people, tracks, similarity, match):
    with pytest.raises(ValueError, match=match):
        TrackedFrame(people, tracks, np.array(similarity, float))


def random_sequence(seed):
    """People who come and go, reports that are mostly theirs with faults of all kinds; some frames have nobody."""
    rng = np.random.default_rng(seed)
    count, frames = rng.integers(1, 8), []
    names = list(range(100, 100 + count))
    following = dict(zip(names, range(count), strict=True))
    fresh = count
    for _ in range(rng.integers(1, 40)):
        people = [n for n in names if rng.random() < 0.8]
        tracks, of = [], []
        for n in people:
            if rng.random() < 0.1:
                following[n], fresh = fresh, fresh + 1
            if rng.random() < 0.05:
                m = rng.choice(names)
                following[n], following[m] = following[m], following[n]
            if rng.random() < 0.8 and following[n] not in tracks:
                tracks.append(following[n])
                of.append(n)
        for _ in range(rng.integers(0, 2)):
            tracks.append(fresh)
            of.append(-1)
            fresh += rng.random() < 0.5
        if len(set(tracks)) < len(tracks):
            tracks, of = tracks[:-1], of[:-1]
        mine = np.array(people)[:, None] == np.array(of)[None] if people and of else np.zeros((len(people), len(of)))
        similarity = np.where(mine, rng.uniform(0.3, 1, mine.shape), rng.uniform(-0.5, 0.7, mine.shape))
        frames.append(TrackedFrame(people, tracks, np.clip(similarity, 0, 1)))
    return frames


def as_trackeval(frames):
    """The data of a sequence as TrackEval's metrics take them."""
    people = sorted({n for f in frames for n in f.people.tolist()})
    tracks = sorted({n for f in frames for n in f.tracks.tolist()})
    return {
        "num_gt_ids": len(people),
        "num_tracker_ids": len(tracks),
        "num_gt_dets": sum(len(f.people) for f in frames),
        "num_tracker_dets": sum(len(f.tracks) for f in frames),
        "num_timesteps": len(frames),
        "gt_ids": [np.searchsorted(people, f.people).astype(int) for f in frames],
        "tracker_ids": [np.searchsorted(tracks, f.tracks).astype(int) for f in frames],
        "similarity_scores": [f.similarity for f in frames],
    }


def test_figures_are_those_of_trackeval_on_200_sequences():
    trackeval = pytest.importorskip("trackeval", reason="TrackEval, to compare with, is not installed")
    metrics = [
        trackeval.metrics.HOTA(),
        trackeval.metrics.CLEAR({"PRINT_CONFIG": False}),
        trackeval.metrics.Identity({"PRINT_CONFIG": False}),
    ]
    total, theirs = Score(), [{} for _ in metrics]
    for seed in range(200):
        frames = random_sequence(seed)
        ours, data = identity_score(frames), as_trackeval(frames)
        total += ours
        for metric, results in zip(metrics, theirs, strict=True):
            results[seed] = metric.eval_sequence(data)
        same_as_trackeval(ours, [results[seed] for results in theirs])
    same_as_trackeval(total, [m.combine_sequences(r) for m, r in zip(metrics, theirs, strict=True)])
    assert total.switches > 500 < total.fragments  # there was something to count


def same_as_trackeval(score, results):
    hota, clear, identity = results
    ours = (score.found, score.missed, score.false, score.switches, score.fragments)
    assert ours == tuple(clear[name] for name in ("CLR_TP", "CLR_FN", "CLR_FP", "IDSW", "Frag"))
    assert score.identified == identity["IDTP"]
    np.testing.assert_array_equal(score.hota_found, hota["HOTA_TP"] * np.ones(len(ALPHAS)))
    for name, figure in (("mota", clear["MOTA"]), ("idf1", identity["IDF1"])):
        assert getattr(score, name) == pytest.approx(figure, abs=1e-12), name
    for name, figures in (("hota", hota["HOTA"]), ("deta", hota["DetA"]), ("assa", hota["AssA"])):
        assert getattr(score, name) == pytest.approx(np.mean(figures), abs=1e-12), name


def test_figures_are_those_of_motmetrics_where_who_is_who_is_known():
    motmetrics = pytest.importorskip("motmetrics", reason="motmetrics, to compare with, is not installed")
    names = ["mota", "idf1", "num_switches", "num_false_positives", "num_misses", "num_fragmentations"]
    for seed in range(8):
        accumulator, frames = motmetrics.MOTAccumulator(auto_id=True), []
        for found in random_sequence(seed):
            best = found.similarity.argmax(axis=0) if len(found.people) else []
            alike = np.zeros(found.similarity.shape)
            for column, row in enumerate(best):
                alike[row, column] = not alike[row].any()  # each person has one report at most
            accumulator.update(found.people, found.tracks, np.where(alike > 0, 0.0, np.nan))
            frames.append(TrackedFrame(found.people, found.tracks, alike))
        expected = motmetrics.metrics.create().compute(accumulator, metrics=names, name="x").loc["x"]
        score = identity_score(frames)
        assert score.switches == expected["num_switches"]
        assert (score.false, score.missed) == (expected["num_false_positives"], expected["num_misses"])
        assert score.idf1 == pytest.approx(expected["idf1"])
        if score.people:
            assert score.mota == pytest.approx(expected["mota"])
