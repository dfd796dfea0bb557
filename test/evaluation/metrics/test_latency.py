"""Stage times of frames, some of which have none."""

import numpy as np

from trt_pose_ros.evaluation.metrics.latency import percentiles, stage_times


def test_stages_their_sum_and_the_way_from_end_to_end():
    times = stage_times([{"read": 1, "network": 4}, None, {"network": 6, "track": 1, "latency": 30}])
    assert list(times) == ["read", "network", "track", "total", "latency"]
    np.testing.assert_array_equal(times["total"], [5, np.nan, 7])
    np.testing.assert_array_equal(times["latency"], [np.nan, np.nan, 30])
    assert stage_times([None, None]) == {}
    assert list(stage_times([{"latency": 3}])) == ["latency"]


def test_percentiles_leave_out_what_is_not_known():
    figures = percentiles(np.array([np.nan, *range(101)], float))
    assert figures == {"p50": 50, "p90": 90, "p95": 95, "p99": 99, "mean": 50, "max": 100, "count": 101}
