"""Training of trt_pose_ros models: data, targets, networks, training, evaluation, export and quantisation."""
