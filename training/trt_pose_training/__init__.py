"""Training of pose networks on any COCO-format keypoint data: data, targets, networks, training, export.

The robot needs nothing of this: what is trained here leaves as a model file that :mod:`trt_pose_ros` runs.
"""
