"""pose_node as a process of its own, images and skeletons over DDS."""

import array
import math
import signal
import time

import cv2
import numpy as np
import tiny_model
from diagnostic_msgs.msg import DiagnosticArray
from harness import Camera, PoseNodeProcess, keypoints, stamp_of
from rcl_interfaces.srv import DescribeParameters, ListParameters
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header
from visualization_msgs.msg import MarkerArray

from trt_pose_ros.messages.images import encoded_image
from trt_pose_ros.msg import SkeletonArray, SkeletonTopology
from trt_pose_ros.ros.convert.image import bgr_to_compressed, bgr_to_image

TWO = [tiny_model.person(80, 90, 110), tiny_model.person(240, 110, 100)]


def test_skeletons_lie_where_the_people_are(pose_node):
    with Camera(pose_node) as camera:
        message = camera.detect(tiny_model.picture(TWO), frame_id="front_optical")
    assert (message.image_width, message.image_height) == (320, 240)
    assert message.topology == "tiny"
    assert tuple(message.keypoint_names) == tiny_model.TOPOLOGY.keypoints
    assert message.header.frame_id == "front_optical"
    np.testing.assert_allclose(keypoints(message)[:, :, :2], TWO, atol=4)
    for skeleton in message.skeletons:
        x, y = np.array([(k.x, k.y) for k in skeleton.keypoints]).T
        np.testing.assert_allclose(skeleton.bounding_box, [x.min(), y.min(), x.max(), y.max()], rtol=1e-5)
        assert skeleton.track_id == skeleton.NO_TRACK
        assert 0 < skeleton.score <= 1


def test_a_hidden_keypoint_keeps_its_place(pose_node):
    person = tiny_model.person(160, 100, 120)
    person[2] = np.nan
    with Camera(pose_node) as camera:
        (skeleton,) = camera.detect(tiny_model.picture([person])).skeletons
    assert len(skeleton.keypoints) == 6
    assert [k.score > 0 for k in skeleton.keypoints] == [True, True, False, True, True, True]
    assert math.isnan(skeleton.keypoints[2].x)
    assert math.isnan(skeleton.keypoints[2].position.z)


def test_nobody_is_an_empty_message(pose_node):
    with Camera(pose_node) as camera:
        assert len(camera.detect(tiny_model.picture([])).skeletons) == 0


def test_each_image_gets_its_own_stamp_and_people(pose_node):
    with Camera(pose_node) as camera:
        for x in range(60, 260, 20):
            message = camera.detect(tiny_model.picture([tiny_model.person(x, 100, 90)]), frame_id=f"frame_{x}")
            assert message.header.frame_id == f"frame_{x}"
            assert abs(keypoints(message)[0, 1, 0] - x) < 4
        stamps = [stamp_of(m) for m in camera.skeletons]
    assert stamps == sorted(set(stamps))


def test_outputs_are_made_while_subscribed(pose_node, tester):
    topics = [pose_node.topic(name) for name in ("annotated", "annotated/compressed", "markers")]
    idle = pose_node.diagnostics("image")["not_made"]
    assert all(topic in idle for topic in topics)
    picture = tiny_model.picture(TWO)
    with Camera(pose_node) as camera:
        annotated = tester.messages(Image, topics[0])
        compressed = tester.messages(CompressedImage, topics[1])
        markers = tester.messages(MarkerArray, topics[2])
        tester.spin_until(
            lambda: camera.detect(picture) and annotated[1] and compressed[1] and markers[1], "all outputs"
        )
        idle = pose_node.diagnostics("image")["not_made"]
        assert not any(topic in idle for topic in topics)
        drawn = encoded_image(annotated[1][-1]).bgr
        assert drawn.shape == picture.shape
        assert (drawn != picture).any()
        assert annotated[1][-1].header.frame_id == compressed[1][-1].header.frame_id == "camera"
        kinds = [m.ns for m in markers[1][-1].markers]
        assert kinds.count("joints") == kinds.count("links") == kinds.count("labels") == 2
        for subscription, _ in (annotated, compressed, markers):
            tester.node.destroy_subscription(subscription)
        tester.spin_until(
            lambda: all(topic in pose_node.diagnostics("image")["not_made"] for topic in topics), "idle outputs"
        )
        annotated[1].clear()
        camera.detect(picture)
        assert not annotated[1]


def test_a_camera_that_sends_yuv(pose_node, tester):
    """The network reads the camera's own layout; the annotated image is made of BGR all the same."""
    picture = tiny_model.picture(TWO)
    topic = pose_node.topic("annotated")
    with Camera(pose_node) as camera:
        subscription, annotated = tester.messages(Image, topic)
        tester.spin_until(lambda: camera.detect(picture) and annotated, "an annotated image")
        expected, drawn = keypoints(camera.skeletons[-1]), encoded_image(annotated[-1]).bgr
        annotated.clear()
        message = camera.detect(yuv_image(picture))
        np.testing.assert_allclose(keypoints(message)[:, :, :2], expected[:, :, :2], atol=2)
        assert (message.image_width, message.image_height) == (320, 240)
        tester.spin_until(lambda: annotated, "an annotated image")
        assert np.abs(encoded_image(annotated[-1]).bgr.astype(int) - drawn).mean() < 8
        tester.node.destroy_subscription(subscription)


def yuv_image(picture):
    """The picture as nv12 with ten bytes between rows."""
    planes = cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420)
    height, width = picture.shape[:2]
    rows = np.full((height * 3 // 2, width + 10), 255, np.uint8)
    rows[:height, :width] = planes[:height]
    chroma = planes[height:].reshape(2, height // 2, width // 2)
    rows[height:, :width] = chroma.transpose(1, 2, 0).reshape(height // 2, width)
    data = array.array("B", rows.tobytes())
    return Image(height=height, width=width, encoding="nv12", step=width + 10, data=data)


def test_a_late_subscriber_gets_the_topology(pose_node, tester):
    subscription, received = tester.messages(SkeletonTopology, pose_node.topic("topology"), qos="latched")
    tester.spin_until(lambda: received, "the topology")
    tester.node.destroy_subscription(subscription)
    assert tuple(received[0].keypoint_names) == tiny_model.TOPOLOGY.keypoints
    assert list(zip(received[0].link_from, received[0].link_to, strict=True)) == list(tiny_model.TOPOLOGY.links)
    assert list(received[0].swap) == [0, 1, 3, 2, 5, 4]
    assert len(received[0].link_colors) == 5


def test_a_live_parameter_takes_effect(pose_node):
    person = tiny_model.person(160, 100, 120)
    person[[2, 3, 4]] = np.nan
    picture = tiny_model.picture([person])
    with Camera(pose_node) as camera:
        assert len(camera.detect(picture).skeletons) == 1
        assert pose_node.set_parameters(decoder__min_keypoints=4).successful
        assert len(camera.detect(picture).skeletons) == 0
        assert pose_node.set_parameters(decoder__min_keypoints=3).successful
        assert len(camera.detect(picture).skeletons) == 1


def test_settings_are_taken_together_or_not_at_all(pose_node):
    result = pose_node.set_parameters(jpeg_quality=50, max_rate=-1.0)
    assert not result.successful
    assert "max_rate" in result.reason
    result = pose_node.set_parameters(jpeg_quality=50, backend="onnxruntime")
    assert not result.successful
    assert "backend: read when the node is configured" in result.reason


def test_every_parameter_is_described(pose_node):
    names = pose_node.call("list_parameters", ListParameters.Request()).result.names
    described = pose_node.call("describe_parameters", DescribeParameters.Request(names=names)).descriptors
    ours = [d for d in described if not d.name.startswith(("use_sim_time", "start_type_description", "qos_overrides"))]
    assert {"model", "max_rate", "decoder.min_keypoints"} <= {d.name for d in ours}
    assert all(len(d.description) > 10 for d in ours)


def test_bad_images_between_good_ones_are_counted_by_cause(tester, model):
    good = bgr_to_image(tiny_model.picture(TWO), Header())

    def changed(**fields):
        message = bgr_to_image(tiny_model.picture(TWO), Header())
        for name, value in fields.items():
            setattr(message, name, value)
        return message

    bad = {
        "truncated": (changed(data=good.data[:-1]), "230399 bytes of data, step 960 and height 240 need 230400"),
        "step": (changed(step=3 * 320 - 1), "step 959 is too small for 320 pixels of bgr8, at least 960"),
        "encoding": (changed(encoding="yuv9000"), "encoding 'yuv9000' is not supported"),
        "empty": (changed(height=0, data=[]), "image of 320x0 pixels is empty"),
    }
    with PoseNodeProcess(tester, {"model": str(model), "image_qos": "reliable"}) as node, Camera(node) as camera:
        for message, sentence in bad.values():
            camera.publish(message)
            node.wait_for(sentence)  # a good one right behind it would replace it
            assert len(camera.detect(good).skeletons) == 2
        report = node.accounted(camera.published)
        assert {key: value for key, value in report.items() if key.startswith("bad")} == {
            "bad": "4",
            **{f"bad_{cause}": "1" for cause in bad},
        }
        assert report["level"] == 0 or "images cannot be used" in report["message"]


def test_compressed_images(tester, model):
    parameters = {"model": str(model), "image_transport": "compressed", "image_qos": "reliable"}
    with PoseNodeProcess(tester, parameters) as node:
        _, received = tester.messages(SkeletonArray, node.topic("skeletons"))
        publisher = tester.publisher(CompressedImage, node.topic("image/compressed"))
        message = bgr_to_compressed(tiny_model.picture(TWO), Header(frame_id="camera"), quality=95)
        tester.spin_until(lambda: publisher.publish(message) or received, "skeletons")
        np.testing.assert_allclose(keypoints(received[-1])[:, :, :2], TWO, atol=4)
        message.data = message.data[: len(message.data) // 2]
        publisher.publish(message)
        tester.spin_until(lambda: node.diagnostics("image").get("bad") == "1", "the bad image's count")


def test_the_newest_image_wins_under_a_slow_network(tester, tmp_path):
    slow = tiny_model.write_model(tmp_path / "slow.onnx", work=400)
    pictures = [bgr_to_image(tiny_model.picture([tiny_model.person(40 + 8 * i, 100, 90)]), Header()) for i in range(30)]
    with (
        PoseNodeProcess(tester, {"model": str(slow), "image_qos": "reliable"}) as node,
        Camera(node) as camera,
    ):
        before = camera.published
        for message in pictures:
            camera.publish(message)
            time.sleep(0.01)  # a camera's beat, faster than the network
        report = node.accounted(camera.published)
        assert int(report["replaced"]) > 0
        assert stamp_of(camera.skeletons[-1]) == camera.published
        for message in camera.skeletons:
            number = stamp_of(message) - before - 1
            if number >= 0:
                assert abs(keypoints(message)[0, 1, 0] - (40 + 8 * number)) < 4


def test_a_frozen_node_accounts_for_what_it_missed(tester, model):
    image = bgr_to_image(tiny_model.picture(TWO, 640, 480), Header())
    with PoseNodeProcess(tester, {"model": str(model)}) as node, Camera(node) as camera:
        unheard = camera.published - node.known()
        node.send(signal.SIGSTOP)
        for _ in range(60):
            camera.publish(image)
            time.sleep(0.02)
        node.send(signal.SIGCONT)
        frozen = camera.published

        def goes_on():
            camera.publish(image)  # the middleware tells of a loss when the next message arrives
            tester.spin_to(time.monotonic() + 0.05)
            return stamp_of(camera.skeletons[-1]) > frozen

        tester.spin_until(goes_on, "skeletons of a later image")
        report = node.accounted(camera.published - unheard)
        assert int(report["lost"]) > 20


def test_diagnostics_go_on_when_the_time_stands_still(tester, model):
    """As in a simulation that is paused, or a recording that has ended."""
    with PoseNodeProcess(tester, {"model": str(model), "use_sim_time": True}) as node:
        name, reports = node.topic("pose_node").lstrip("/"), []

        def on_diagnostics(message):
            reports.extend(status for status in message.status if status.name == name)

        subscription = tester.node.create_subscription(DiagnosticArray, "/diagnostics", on_diagnostics, 10)
        tester.spin_until(lambda: any("ROS time stands still" in report.message for report in reports), "a warning")
        tester.node.destroy_subscription(subscription)


def test_markers_at_a_depth_want_a_calibration(tester, model):
    with PoseNodeProcess(tester, {"model": str(model), "image_qos": "reliable"}) as node:
        subscription, markers = tester.messages(MarkerArray, node.topic("markers"))
        publisher = tester.publisher(Image, node.topic("image"))

        def report():
            stamp = tester.node.get_clock().now().to_msg()
            publisher.publish(bgr_to_image(tiny_model.picture(TWO), Header(stamp=stamp)))
            return node.diagnostics("image")["message"] if markers else ""

        assert node.set_parameters(marker_style="depth").successful
        tester.spin_until(lambda: "their style wants a calibrated camera: nothing came on" in report(), "a warning")
        assert node.set_parameters(marker_style="plane").successful
        tester.spin_until(lambda: "camera_info" not in report(), "no warning")
        tester.node.destroy_subscription(subscription)
