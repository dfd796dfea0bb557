"""Everything that speaks ROS 2; nothing outside this package (and the verbs that start nodes) does."""
