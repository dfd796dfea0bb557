from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from trt_pose_ros.assignment import assign


def best_sum(values):
    """By trying everything: one column or none for each row."""
    rows, columns = values.shape
    padded = np.hstack([np.maximum(values, 0), np.zeros((rows, rows))])
    return max(sum(padded[r, c] for r, c in enumerate(p)) for p in permutations(range(columns + rows), rows))


@given(
    st.tuples(st.integers(1, 4), st.integers(1, 4)).flatmap(
        lambda shape: arrays(float, shape, elements=st.sampled_from([0.0, -1.0, 0.1, 0.25, 0.5, 0.9, 1.0]))
    )
)
def test_no_other_pairs_are_worth_more(values):
    rows, columns = assign(values)
    assert len(set(rows)) == len(set(columns)) == len(rows)
    assert (values[rows, columns] > 0).all()
    assert values[rows, columns].sum() == pytest.approx(best_sum(values))


def test_the_best_for_all_is_not_the_best_for_the_first():
    rows, columns = assign(np.array([[0.9, 0.8], [0.8, 0.1]]))
    assert rows.tolist() == [0, 1]
    assert columns.tolist() == [1, 0]


def test_what_is_no_number_is_never_paired():
    rows, columns = assign(np.array([[np.nan, 0.5], [np.nan, np.nan]]))
    assert (rows.tolist(), columns.tolist()) == ([0], [1])


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0)])
def test_nothing_to_pair(shape):
    rows, columns = assign(np.empty(shape))
    assert len(rows) == len(columns) == 0
