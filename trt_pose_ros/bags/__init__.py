"""rosbag2 files without ROS: read and written with the package rosbags (extra ``replay``)."""
