"""Quality of service by name, as users write it in a parameter file."""

from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy


def _profile(depth, reliability, durability=DurabilityPolicy.VOLATILE):
    return QoSProfile(history=HistoryPolicy.KEEP_LAST, depth=depth, reliability=reliability, durability=durability)


# `sensor_data` is ROS 2's own profile of that name but for its depth of 5, and no queue of ours: the executor empties
# it at once and the newest frame wins. What overflows it the middleware drops without telling: at 20 all frames were
# accounted for after the node had been frozen for two seconds, at 5 they were not.
PROFILES = {
    "sensor_data": _profile(20, ReliabilityPolicy.BEST_EFFORT),
    "reliable": _profile(10, ReliabilityPolicy.RELIABLE),
    "latched": _profile(1, ReliabilityPolicy.RELIABLE, DurabilityPolicy.TRANSIENT_LOCAL),
}
