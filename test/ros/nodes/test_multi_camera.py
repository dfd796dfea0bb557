"""Several cameras in one pose_node: each has its own people, stamps, frames and troubles."""

import time

import numpy as np
import pytest
import tiny_model
from harness import Camera, PoseNodeProcess, keypoints, stamp_of

PLACES = {"front": 80, "left": 230}  # where the camera's only person stands: a mix-up shows


@pytest.fixture(scope="module")
def cabin(tester, model):
    with PoseNodeProcess(tester, {"model": str(model), "cameras": list(PLACES)}) as node:
        yield node


def picture(name, step=0):
    return tiny_model.picture([tiny_model.person(PLACES[name] + 2 * step, 110, 100)])


def check(name, messages):
    """Every message is of this camera: its person, its frame, its stamps in order."""
    stamps = [stamp_of(m) for m in messages]
    assert stamps == sorted(set(stamps))
    people = [m for m in messages if m.skeletons]
    assert {m.header.frame_id for m in people} <= {name}
    assert all(abs(keypoints(m)[0, 1, 0] - PLACES[name]) < 40 for m in people)


def test_one_camera_stops_and_returns_while_the_other_jitters(cabin, tester):
    random = np.random.default_rng(0)
    with Camera(cabin, "front") as front:
        with Camera(cabin, "left") as left:
            for step in range(12):
                front.publish(picture("front", step), "front")
                left.publish(picture("left", step), "left")
                tester.spin_to(time.monotonic() + random.uniform(0.005, 0.06))
            tester.spin_until(lambda: stamp_of(left.skeletons[-1]) == left.published, "the last of left")
            check("left", left.skeletons)

        # left is gone; front goes on, and the silence is reported with what to do
        report = {}

        def silent():
            nonlocal report
            front.detect(picture("front"), "front")
            report = cabin.diagnostics("left")
            return report["level"] == 2

        tester.spin_until(silent, lambda: f"the report of silence, last: {report}")
        assert "no image for" in report["message"]
        assert "no image for" not in cabin.diagnostics("front")["message"]

        with Camera(cabin, "left") as left:
            for step in range(5):
                front.detect(picture("front", step), "front")
                left.detect(picture("left", step), "left")
            check("left", left.skeletons)
            tester.spin_until(lambda: cabin.diagnostics("left")["level"] < 2, "left to be well again")
        check("front", front.skeletons)


def test_every_camera_is_accounted_for_by_itself(cabin, tester):
    with Camera(cabin, "front") as front, Camera(cabin, "left") as left:
        before = {name: cabin.diagnostics(name) for name in PLACES}
        published = front.published, left.published
        for step in range(10):
            front.publish(picture("front", step), "front")
            if step % 3 == 0:
                left.detect(picture("left", step), "left")
        sent = {"front": 10, "left": 4}
        reports = {name: cabin.accounted(int(before[name]["received"]) + n, name) for name, n in sent.items()}
        assert (front.published - published[0], left.published - published[1]) == (10, 4)
        assert reports["left"].get("replaced") == before["left"].get("replaced")
        check("front", front.skeletons)
        check("left", left.skeletons)


def test_different_sizes_share_a_batch(cabin):
    with Camera(cabin, "front") as front, Camera(cabin, "left") as left:
        large = tiny_model.picture([tiny_model.person(300, 200, 250)], 640, 480)
        message = front.detect(large, "front")
        assert (message.image_width, message.image_height) == (640, 480)
        np.testing.assert_allclose(keypoints(message)[0, :, :2], tiny_model.person(300, 200, 250), atol=8)
        assert left.detect(picture("left"), "left").image_width == 320
