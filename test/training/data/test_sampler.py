"""The order of samples: the same for any number of processes, and after a resume."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trt_pose_training.data.sampler import EpochSampler

few = settings(max_examples=40, deadline=None)
SIZES, WEIGHTS = [5, 40], [3, 1]


def batches(epoch=0, first_step=0, sizes=SIZES, weights=WEIGHTS, batch_size=8, **kwargs):
    sampler = EpochSampler(sizes, weights, batch_size, **kwargs)
    sampler.set_epoch(epoch, first_step)
    found = list(sampler)
    assert len(found) == len(sampler)
    return found


def flat(lists):
    return [item for part in lists for item in part]


@few
@given(st.sampled_from([2, 4, 8]), st.integers(0, 5), st.integers(0, 100))
def test_several_processes_see_together_what_one_sees(ranks, epoch, seed):
    alone = batches(epoch, seed=seed)
    parts = [batches(epoch, seed=seed, rank=r, ranks=ranks) for r in range(ranks)]
    assert [flat(step) for step in zip(*parts, strict=True)] == alone


@pytest.mark.parametrize("ranks", [1, 2, 4])
def test_the_batches_of_a_step_are_shared_one_by_one(ranks):
    alone = flat(batches(accumulate=2))
    assert alone == flat(batches(batch_size=4, epoch_size=2 * 8 * (len(alone) // 16), accumulate=4))
    parts = [batches(rank=r, ranks=ranks, accumulate=2) for r in range(ranks)]
    share = 8 // ranks
    for number, step in enumerate(zip(*parts, strict=True)):
        for batch in range(2):
            start = 16 * number + 8 * batch
            assert flat(part[share * batch : share * (batch + 1)] for part in step) == alone[start : start + 8]


@few
@given(st.integers(0, 5), st.integers(0, 6))
def test_a_resumed_epoch_goes_on_as_if_never_ended(epoch, step):
    assert batches(epoch, step) == batches(epoch)[step:]


def test_every_draw_of_an_epoch_is_told_apart():
    draws = flat(batches(3))
    assert [d.position for d in draws] == list(range(len(draws)))
    assert {d.epoch for d in draws} == {3}
    indices = [[d.index for d in flat(batches(e, seed=s))] for e, s in ((3, 0), (4, 0), (3, 1))]
    assert indices[0] != indices[1]
    assert indices[0] != indices[2]


@few
@given(st.lists(st.tuples(st.integers(1, 30), st.floats(0.1, 9)), min_size=1, max_size=4), st.integers(1, 60))
def test_sources_are_drawn_by_weight_and_no_sample_twice_before_all_came(sources, epoch_size):
    sizes, weights = zip(*sources, strict=True)
    draws = [
        d.index
        for e in range(4)
        for d in flat(batches(e, sizes=list(sizes), weights=list(weights), batch_size=1, epoch_size=epoch_size))
    ]
    assert len(draws) == 4 * epoch_size
    shares = np.multiply(sizes, weights)
    counts = Counter(draws)
    for start, size, share in zip(np.cumsum([0, *sizes]), sizes, shares / shares.sum(), strict=False):
        seen = [counts[i] for i in range(start, start + size)]
        assert max(seen) - min(seen) <= 1
        assert abs(sum(seen) - share * len(draws)) <= 4


def test_an_epoch_has_the_weighted_number_of_samples_in_whole_batches():
    assert len(flat(batches())) == 48  # of 5 x 3 + 40 = 55
    assert len(flat(batches(epoch_size=17))) == 16


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"weights": [1]}, "weights"),
        ({"weights": [1, 0]}, "above 0"),
        ({"sizes": [5, 0]}, "above 0"),
        ({"batch_size": 7, "ranks": 2}, "batch_size 7 cannot be shared by 2"),
        ({"rank": 2, "ranks": 2}, "rank 2"),
        ({"batch_size": 100}, "no step of 100"),
        ({"epoch": -1}, "epoch -1"),
        ({"first_step": 7}, "step 7"),
    ],
)
def test_impossible_arguments_are_refused(changed, problem):
    with pytest.raises(ValueError, match=problem):
        batches(**changed)
