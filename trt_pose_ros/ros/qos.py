"""Quality of service by name, as users write it in a parameter file."""

from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy


def _profile(depth, reliability, durability=DurabilityPolicy.VOLATILE):
    return QoSProfile(history=HistoryPolicy.KEEP_LAST, depth=depth, reliability=reliability, durability=durability)


# `sensor_data` is ROS 2's own profile of that name. Its depth of 5 is no queue of ours: the executor empties it at once
# and the newest frame wins; with a depth of 1 the middleware would drop frames that nobody could count.
PROFILES = {
    "sensor_data": _profile(5, ReliabilityPolicy.BEST_EFFORT),
    "reliable": _profile(10, ReliabilityPolicy.RELIABLE),
    "latched": _profile(1, ReliabilityPolicy.RELIABLE, DurabilityPolicy.TRANSIENT_LOCAL),
}
