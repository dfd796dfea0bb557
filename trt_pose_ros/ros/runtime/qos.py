"""Quality of service profiles by the names that parameters use."""

from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy


def _profile(
    depth: int, reliability: ReliabilityPolicy, durability: DurabilityPolicy = DurabilityPolicy.VOLATILE
) -> QoSProfile:
    return QoSProfile(history=HistoryPolicy.KEEP_LAST, depth=depth, reliability=reliability, durability=durability)


# `sensor_data` is ROS 2's profile of that name, but with a queue of 20 images instead of 5. The executor empties the
# queue at once, so its depth adds no delay. An image that finds the queue full is dropped without notice; one that our
# Fast DDS profile (16 MB, 17 images of 640x480) has no room for is reported as lost. So the queue is the deeper one.
PROFILES = {
    "sensor_data": _profile(20, ReliabilityPolicy.BEST_EFFORT),
    "reliable": _profile(10, ReliabilityPolicy.RELIABLE),
    "latched": _profile(1, ReliabilityPolicy.RELIABLE, DurabilityPolicy.TRANSIENT_LOCAL),
}
