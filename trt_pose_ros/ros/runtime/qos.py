"""Quality of service by name, as users write it in a parameter file."""

from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy


def _profile(depth, reliability, durability=DurabilityPolicy.VOLATILE):
    return QoSProfile(history=HistoryPolicy.KEEP_LAST, depth=depth, reliability=reliability, durability=durability)


# `sensor_data` is ROS 2's own profile of that name but for its depth of 5, and no queue of ours: the executor empties
# it at once and the newest frame wins. What overflows it the middleware drops without telling anybody, so it is as deep
# as the frames that our Fast DDS profile has room for on their way (16 MB, 17 at 640x480): those it loses it does tell.
PROFILES = {
    "sensor_data": _profile(20, ReliabilityPolicy.BEST_EFFORT),
    "reliable": _profile(10, ReliabilityPolicy.RELIABLE),
    "latched": _profile(1, ReliabilityPolicy.RELIABLE, DurabilityPolicy.TRANSIENT_LOCAL),
}
