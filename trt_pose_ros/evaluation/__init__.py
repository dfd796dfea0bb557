"""How good and how fast: figures that are printed, kept and compared. No ROS, no torch."""
