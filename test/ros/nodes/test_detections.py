"""pose_node with a detector beside it, over DDS."""

import math

import numpy as np
import pytest
import tiny_model
from builtin_interfaces.msg import Time
from harness import Camera, PoseNodeProcess
from std_msgs.msg import Header

TWO = [tiny_model.person(80, 90, 110), tiny_model.person(200, 110, 100)]
BOXES = [(*(p.min(axis=0) - 8), *(p.max(axis=0) + 8)) for p in TWO]
THIRD = (265.0, 40.0, 315.0, 200.0)  # of whom the network sees nothing


@pytest.fixture  # one for each test: the stamps of all tests are within what boxes and images may be apart
def node(tester, model, vision_msgs):
    parameters = {"model": str(model), "image_qos": "reliable", "tracking.min_hits": 2}
    with PoseNodeProcess(tester, parameters) as process:
        yield process


class Detector:
    """Publishes detections of a Camera's images before these."""

    def __init__(self, node):
        from vision_msgs.msg import Detection2DArray

        self.tester = node.tester
        self.publisher = self.tester.publisher(Detection2DArray, node.topic("detections_in"))

    def publish(self, stamp, *boxes, class_id="person"):
        from vision_msgs.msg import Detection2D, Detection2DArray, ObjectHypothesisWithPose

        detections = []
        for x_min, y_min, x_max, y_max in boxes:
            result = ObjectHypothesisWithPose()
            result.hypothesis.class_id, result.hypothesis.score = class_id, 0.8
            detection = Detection2D(results=[result])
            detection.bbox.center.position.x = float(x_min + x_max) / 2
            detection.bbox.center.position.y = float(y_min + y_max) / 2
            detection.bbox.size_x, detection.bbox.size_y = float(x_max - x_min), float(y_max - y_min)
            detections.append(detection)
        header = Header(stamp=Time(sec=7 if stamp else 0, nanosec=stamp))
        self.publisher.publish(Detection2DArray(header=header, detections=detections))


def of_the_third(message):
    """The skeletons around the third person's middle."""
    boxes = [(s, s.bounding_box) for s in message.skeletons]
    return [s for s, box in boxes if 270 < (box[0] + box[2]) / 2 < 310]


def settled(camera, detector, picture, boxes, condition):
    """Show the picture, and its boxes if there are any, until the skeletons are as they should be."""
    message = None

    def shown():
        nonlocal message
        if boxes is not None:
            detector.publish(camera.published + 1, *boxes)
        message = camera.detect(picture)
        return condition(message)

    detector.tester.spin_until(shown, lambda: f"skeletons, but {message}")
    return message


def ids(message):
    return sorted(s.track_id for s in message.skeletons)


def test_people_are_the_union_and_keep_their_identity(node):
    from vision_msgs.msg import Detection2DArray

    picture, nobody = tiny_model.picture(TWO), tiny_model.picture([])
    detector = Detector(node)
    _, detections = node.tester.messages(Detection2DArray, node.topic("detections"))
    with Camera(node) as camera:
        three = lambda m: len(m.skeletons) == 3 and min(ids(m)) >= 0  # noqa: E731
        message = settled(camera, detector, picture, [*BOXES, THIRD], three)
        known = ids(message)
        assert len(set(known)) == 3
        (third,) = of_the_third(message)
        np.testing.assert_allclose(third.bounding_box, THIRD)
        assert all(math.isnan(k.x) and k.score == 0 for k in third.keypoints)
        assert third.score == pytest.approx(0.8)

        # the network loses both: the boxes carry on, the third person's too
        message = settled(camera, detector, nobody, [*BOXES, THIRD], lambda m: len(m.skeletons) == 3)
        assert ids(message) == known
        node.tester.spin_until(lambda: detections and len(detections[-1].detections) == 3, "three boxes")
        assert {d.id for d in detections[-1].detections} == {str(i) for i in known}

        # the detector loses them: their skeletons do
        message = settled(camera, detector, picture, [THIRD], lambda m: len(m.skeletons) == 3)
        assert ids(message) == known
        assert [s.track_id for s in of_the_third(message)] == [third.track_id]

        assert node.set_parameters(detections__box_only=False).successful
        message = settled(camera, detector, picture, [*BOXES, THIRD], lambda m: len(m.skeletons) == 2)
        assert third.track_id not in ids(message)
        assert node.set_parameters(detections__box_only=True).successful
        report = node.diagnostics("image")
        counts = {key: int(report[f"people_{key}"]) for key in ("matched", "box_only", "skeleton_only")}
        assert all(number > 0 for number in counts.values()), counts


def test_what_cannot_be_used_is_counted_and_nothing_else_happens(node):
    picture = tiny_model.picture(TWO)
    detector = Detector(node)
    before = node.diagnostics("image")
    with Camera(node) as camera:
        camera.detect(picture)  # the size of the images is known
        nan = float("nan")
        stamp = 10_000  # not used before
        detector.publish(stamp, (nan, nan, nan, nan), (5, 5, 5, 5), (5, 5, float("inf"), 9))
        detector.publish(stamp, *BOXES)
        detector.publish(stamp + 1, *BOXES, class_id="dog")
        detector.publish(stamp + 2, (900, 900, 950, 990))
        detector.publish(0, *BOXES)
        wanted = {"bad": 3, "repeated": 1, "other": 2, "outside": 1, "unstamped": 1}
        grown = {}

        def counted():
            report = node.diagnostics("image")
            grown.update(
                {k: int(report.get(f"detections_{k}", 0)) - int(before.get(f"detections_{k}", 0)) for k in wanted}
            )
            return grown == wanted

        node.tester.spin_until(counted, lambda: f"{wanted}, but {grown}")
        assert of_the_third(camera.detect(picture)) == []
    assert node.exit_code is None
