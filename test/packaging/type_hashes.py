"""Print the type hash (REP-2011) of each message of ours, as the middleware announces it to other nodes, as JSON."""

import inspect
import json

import rclpy

import trt_pose_ros.msg

rclpy.init()
node = rclpy.create_node("type_hashes")
hashes = {}
for name, message in inspect.getmembers(trt_pose_ros.msg, inspect.isclass):
    publisher = node.create_publisher(message, name, 1)
    (endpoint,) = node.get_publishers_info_by_topic(name)
    hashes[endpoint.topic_type] = str(endpoint.topic_type_hash)
node.destroy_node()
rclpy.shutdown()
print(json.dumps(hashes))
