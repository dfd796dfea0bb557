from trt_pose_ros.ros.convert.body_ids import MAX_AGE, BodyIds


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_no_two_cameras_or_nodes_share_an_id():
    nodes = [BodyIds(name) for name in ("/pose_node", "/a/pose_node", "/a/pose", "/a_pose")]
    cameras = ["", "front", "front_1", "rig/front", "rig_front"]
    ids = [node.identity(camera, i) for node in nodes for camera in cameras for i in (0, 1, 10, 11)]
    assert len(set(ids)) == len(ids)
    assert all(i.replace("_", "").isalnum() for i in ids)  # part of a topic's name
    assert nodes[0].identity("front", 7) == BodyIds("/pose_node").identity("front", 7)


def test_the_list_holds_the_people_of_all_cameras():
    ids = BodyIds("/pose_node")
    front = ids.update("front", [3, -1, 5])
    assert list(front.values()) == [0, 2]
    left = ids.update("left", [3])
    assert set(ids.tracked()) == set(front) | set(left)
    assert len(ids.tracked()) == 3
    ids.update("front", [])
    assert ids.tracked() == list(left)


def test_the_people_of_a_silent_camera_are_gone():
    clock = Clock()
    ids = BodyIds("/pose_node", clock)
    ids.update("front", [1])
    clock.now = MAX_AGE
    left = ids.update("left", [1])
    assert len(ids.tracked()) == 2
    clock.now += 0.5
    assert ids.tracked() == list(left)
