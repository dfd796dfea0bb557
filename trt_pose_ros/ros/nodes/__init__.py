"""The ROS nodes, one file each."""
