import pytest

from trt_pose_ros.messages.topics import camera_info_topic, camera_remappings, is_rectified


@pytest.mark.parametrize(
    ("image", "camera_info"),
    [
        ("image", "camera_info"),
        ("/image", "/camera_info"),
        ("/camera/image_raw", "/camera/camera_info"),
        ("camera/color/image_rect", "camera/color/camera_info"),
        ("~/image", "~/camera_info"),
    ],
)
def test_camera_info_is_beside_the_image(image, camera_info):
    assert camera_info_topic(image) == camera_info


def test_a_node_with_one_camera():
    assert camera_remappings("/camera/image_raw") == [
        ("image", "/camera/image_raw"),
        ("image/compressed", "/camera/image_raw/compressed"),
        ("camera_info", "/camera/camera_info"),
    ]
    assert dict(camera_remappings("/camera/image_raw", "/calibration"))["camera_info"] == "/calibration"
    depth = dict(camera_remappings("/camera/color/image_raw", depth="/camera/depth/image_rect_raw"))
    assert depth["depth"] == "/camera/depth/image_rect_raw"
    assert depth["depth/camera_info"] == "/camera/depth/camera_info"
    assert depth["camera_info"] == "/camera/color/camera_info"


@pytest.mark.parametrize(
    ("image", "rectified"),
    [
        ("/camera/image_rect", True),
        ("/camera/image_rect_color", True),
        ("/rectified/image", True),
        ("/camera/rect", True),
        ("/camera/image_raw", False),
        ("/direct/image", False),
        ("/correction/image", False),
        ("image", False),
    ],
)
def test_the_name_tells_rectified_images(image, rectified):
    assert is_rectified(image) is rectified
    assert is_rectified(image, "always") is True
    assert is_rectified(image, "never") is False
