import pytest

from trt_pose_ros.bags.cameras import Camera, find_cameras
from trt_pose_ros.bags.reader import Topic

RAW, PACKED = Topic("sensor_msgs/msg/Image", 5), Topic("sensor_msgs/msg/CompressedImage", 5)


@pytest.mark.parametrize(
    ("topics", "chosen", "cameras"),
    [
        ({"/camera/image": RAW}, [], [("/camera/image", "")]),
        ({"/camera/image/compressed": PACKED}, [], [("/camera/image/compressed", "")]),
        ({"/image": RAW, "/image/compressed": PACKED}, [], [("/image", "")]),
        (
            {"/front/image": RAW, "/left/image/compressed": PACKED},
            [],
            [("/front/image", "front"), ("/left/image/compressed", "left")],
        ),
        (
            {"/a/left_image": RAW, "/a/right_image": RAW},
            [],
            [("/a/left_image", "a/left_image"), ("/a/right_image", "a/right_image")],
        ),
        ({"/rgb/image": RAW, "/depth/image": RAW, "/rgb/annotated": RAW}, [], [("/rgb/image", "")]),
        ({"/depth/image": RAW, "/rgb/image": RAW}, ["/depth/image"], [("/depth/image", "")]),
        (
            {"/a/image": RAW, "/a/image/compressed": PACKED},
            ["/a/image", "/a/image/compressed"],
            [("/a/image", "a/image"), ("/a/image/compressed", "a/image/compressed")],
        ),
        (
            {"/a/image": RAW, "/b/image": Topic(RAW.type, 0), "/c": Topic("std_msgs/msg/String", 3)},
            [],
            [("/a/image", "")],
        ),
    ],
)
def test_cameras_and_their_names(topics, chosen, cameras):
    assert find_cameras(topics, chosen) == [Camera(*camera) for camera in cameras]


@pytest.mark.parametrize(
    ("topics", "chosen", "sentence"),
    [
        ({}, [], "the bag has no camera: it holds no images"),
        ({"/depth/image": RAW}, [], "no camera: its images are on /depth/image; choose one with --topics"),
        ({"/a": RAW}, ["/b"], "no images on /b, its images are on /a"),
        ({"/a": Topic("std_msgs/msg/String", 3)}, ["/a"], "no images on /a, it holds no images"),
    ],
)
def test_what_is_no_camera_is_said(topics, chosen, sentence):
    with pytest.raises(ValueError, match=sentence):
        find_cameras(topics, chosen)
