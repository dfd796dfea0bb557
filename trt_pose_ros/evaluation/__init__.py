"""How good and how fast: annotations and what is wrong with them, AP, identities, latencies. No ROS, no torch."""
