"""Between our values and ROS messages."""
