"""A worker that has time for the newest item only."""

import threading

from trt_pose_ros.ros.runtime.newest import Newest


def test_the_newest_wins_and_the_rest_is_counted():
    begun, go, done = threading.Semaphore(0), threading.Semaphore(0), []

    def work(item):
        begun.release()
        go.acquire()
        done.append(item)

    newest = Newest(work)
    newest.put(0)
    begun.acquire()
    for item in (1, 2, 3):
        newest.put(item)
    go.release()
    begun.acquire()
    go.release()
    newest.put(4)
    begun.acquire()
    go.release()
    newest.stop()
    assert done == [0, 3, 4]
    assert newest.skipped == 2


def test_it_ends_without_work():
    Newest(lambda item: None).stop()
