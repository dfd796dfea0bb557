import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trt_pose_ros.evaluation.report.plots import Axis, area, columns, line

UNIT = Axis("", 0, 1, {})
SIZES = st.floats(1e-9, 1e12)


@given(st.floats(-1e9, 1e9), SIZES)
def test_ticks_are_few_round_and_inside(low, size):
    axis = Axis.over("", low, low + size)
    assert len(axis.ticks) <= 7
    rounding = 1e-6 * size + 1e-12 * abs(low)
    assert all(axis.low - rounding <= tick <= axis.high + rounding for tick in axis.ticks)


@given(SIZES)
def test_an_axis_from_zero_holds_its_highest_value_and_little_more(highest):
    axis = Axis.from_zero("", highest)
    assert axis.low == 0
    assert highest <= axis.high * (1 + 1e-6) <= 2.5 * highest
    assert len(set(axis.ticks.values())) == len(axis.ticks) >= 3


@pytest.mark.parametrize(("low", "high", "texts"), [
    (0, 10, ["0", "2", "4", "6", "8", "10"]),
    (0.5, 0.95, ["0.5", "0.6", "0.7", "0.8", "0.9"]),
    (0, 4000, ["0", "1,000", "2,000", "3,000", "4,000"]),
])  # fmt: skip
def test_ticks_as_a_person_would_set_them(low, high, texts):
    assert list(Axis.over("", low, high).ticks.values()) == texts


def test_things_are_counted_in_whole_numbers():
    assert list(Axis.from_zero("", 2, whole=True).ticks.values()) == ["0", "1", "2"]
    assert list(Axis.from_zero("", 2).ticks.values()) == ["0.0", "0.5", "1.0", "1.5", "2.0"]


@pytest.mark.parametrize("highest", [0, float("nan"), -1])
def test_an_axis_of_nothing_is_one_all_the_same(highest):
    assert Axis.from_zero("", highest).high == 1
    assert Axis.over("", 3, 3).high == 4


def path(element):
    return element[0].get("d")


def test_a_line_goes_through_its_points_upwards():
    drawn = path(line(UNIT, UNIT, np.array([0, 0.5, 1]), np.array([0, 1, 0.25])))
    assert drawn == "M0,10000 L5000,0 L10000,7500"


def test_a_line_is_broken_where_a_value_is_missing():
    values = np.array([0.1, np.nan, 0.2, 0.3, np.nan])
    assert path(line(UNIT, UNIT, np.linspace(0, 1, 5), values)).count("M") == 2
    assert path(line(UNIT, UNIT, np.linspace(0, 1, 5), values * np.nan)) == ""


def test_an_area_is_closed():
    drawn = path(area(UNIT, UNIT, np.array([0, 1.0]), np.zeros(2), np.ones(2)))
    assert drawn == "M0,0 L10000,0 L10000,10000 L0,10000Z"


def test_columns_stand_on_the_ground_beside_each_other():
    found = columns(Axis("", 0, 4, {}), Axis("", 0, 10, {}), np.array([0, 1, 2, 4]), np.array([5, 0, 10]), "abc")
    places = [[float(c.get(k)[:-1]) for k in ("x", "y", "width", "height")] for c in found]
    assert places == [[0, 50, 25, 50], [50, 0, 50, 100]]
    assert [c[0].text for c in found] == ["a", "c"]


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=2, max_size=9))
def test_no_value_leaves_the_plot(values):
    drawn = path(line(UNIT, UNIT, np.linspace(0, 1, len(values)), np.array(values)))
    assert all(0 <= int(number) <= 10000 for number in re.findall(r"-?\d+", drawn))
