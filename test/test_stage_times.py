import pytest

from trt_pose_ros.stage_times import StageTimes


def test_percentiles_by_stage_in_the_order_of_appearance():
    times = StageTimes()
    for milliseconds in range(1, 102):
        times.add({"network": milliseconds / 1e3, "decode": 0.5})
    assert list(times.percentiles()) == ["network", "decode"]
    assert times.percentiles()["network"] == pytest.approx((0.051, 0.096))
    assert times.percentiles()["decode"] == (0.5, 0.5)


def test_old_samples_are_forgotten():
    times = StageTimes(window=3)
    for seconds in (100, 1, 2, 3):
        times.add({"network": seconds})
    assert times.percentiles()["network"][0] == 2


def test_nothing_yet():
    assert StageTimes().percentiles() == {}
