"""Jetson Orin NX: pose.launch.py, with its arguments, and config/boards/orin_nx.yaml."""

from trt_pose_ros.ros.runtime.board_launch import for_board


def generate_launch_description():
    """Start the nodes with this board's settings."""
    return for_board("orin_nx")
