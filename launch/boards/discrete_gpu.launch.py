"""A PC with an NVIDIA card: pose.launch.py, with its arguments, and config/boards/discrete_gpu.yaml."""

from trt_pose_ros.ros.runtime.board_launch import for_board


def generate_launch_description():
    """Start the nodes with this board's settings."""
    return for_board("discrete_gpu")
