"""Measuring: how right, and how fast. Nothing here needs torch or ROS."""
