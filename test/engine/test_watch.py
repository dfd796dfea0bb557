import logging

from trt_pose_ros.engine.child import Progress
from trt_pose_ros.engine.watch import teller, watch

PROGRESS = Progress("timing tactics", 41.7, 65.2)


def test_whoever_watches_is_told_within_the_block():
    told = []
    with watch(told.append):
        teller()(PROGRESS)
    teller()(PROGRESS)
    assert told == [PROGRESS]


def test_without_a_watcher_the_log_warns_now_and_then(caplog):
    tell = teller()
    with caplog.at_level(logging.WARNING):
        for _ in range(100):
            tell(PROGRESS)
    assert [r.message for r in caplog.records] == ["building the TensorRT engine, 42 % after 65 s: timing tactics"]
