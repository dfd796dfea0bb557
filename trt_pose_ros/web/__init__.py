"""The live page: what a running node sees and does, in a browser. Knows nothing of ROS, web_node fills it."""
