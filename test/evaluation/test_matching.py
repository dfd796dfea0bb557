"""Which image is which: by name, stamp, index or order, and what is refused."""

import pytest

from trt_pose_ros.evaluation.matching import match_files, match_stream


def frames(count=3, **fields):
    base = {"bag": "drive", "topic": "/image", "camera": ""}
    return [base | {"index": i, "stamp": 10 * i} | fields for i in range(count)]


def truth(count=3, **fields):
    return {i + 1: {"file_name": f"{i}.png"} | {k: f(i) for k, f in fields.items()} for i in range(count)}


def test_files_go_by_their_name_whatever_folders_stand_before():
    images = {1: {"file_name": "a/1.png"}, 2: {"file_name": "b/1.png"}, 3: {"file_name": "2.png"}}
    assert match_files(["/data/b/1.png", "a/1.png", "x/2.png", "3.png"], images) == [2, 1, 3, None]
    with pytest.raises(ValueError, match=r"1\.png may be image 1 or 2 of the truth, a/1\.png or b/1\.png"):
        match_files(["1.png"], images)


def test_stamps_go_before_indices_and_indices_before_order():
    backwards = truth(stamp=lambda i: 20 - 10 * i, index=lambda i: i)
    assert match_stream(frames(), backwards) == [3, 2, 1]
    assert match_stream(frames(), truth(index=lambda i: 2 - i)) == [3, 2, 1]
    assert match_stream(frames(), truth()) == [1, 2, 3]
    assert match_stream(frames(), truth(1, index=lambda i: 1)) == [None, 1, None]


def test_order_is_that_of_file_names_and_needs_as_many():
    images = {1: {"file_name": "b.png"}, 2: {"file_name": "a.png"}}
    assert match_stream(frames(2), images) == [2, 1]
    with pytest.raises(ValueError, match=r"they are 2, and the topic has 3: give them stamp \(ns\) or index"):
        match_stream(frames(3), images)
    with pytest.raises(ValueError, match="they are 2, and the topic has 1"):
        match_stream(frames(1), images)
    assert match_stream(frames(1), images, complete=False) == [2]
    with pytest.raises(ValueError, match="clear for one topic only, not for drive /a; drive /b: choose one"):
        match_stream(frames(1, topic="/a") + frames(1, topic="/b"), images)


def test_a_camera_tells_images_of_the_same_stamp_apart():
    both = frames(2, camera="left", topic="/l") + frames(2, camera="right", topic="/r")
    right = truth(2, stamp=lambda i: 10 * i, camera=lambda i: "right")
    assert match_stream(both, right) == [None, None, 1, 2]
    with pytest.raises(ValueError, match=r"image 1 of the truth may be drive /l image 0 or drive /r image 0"):
        match_stream(both, truth(2, stamp=lambda i: 10 * i))
    four = {i + 1: {"file_name": f"{i}.png", "stamp": 10 * (i % 2)} for i in range(4)}
    with pytest.raises(ValueError, match="images 1 and 3 of the truth have the same stamp, 0: give image entries bag"):
        match_stream(frames(2), four)


def test_a_bag_may_have_another_name_as_long_as_there_is_one():
    named = truth(bag=lambda i: "before", stamp=lambda i: 10 * i)
    assert match_stream(frames(), named) == [1, 2, 3]
    two = frames(bag="before") + frames(bag="after")
    assert match_stream(two, named) == [1, 2, 3, None, None, None]
    videos = truth(index=lambda i: i, video=lambda i: "after")  # PoseTrack's word
    assert match_stream(two, videos) == [None, None, None, 1, 2, 3]
