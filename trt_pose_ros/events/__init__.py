"""People over time: what a robot has to know of them besides their skeletons."""
