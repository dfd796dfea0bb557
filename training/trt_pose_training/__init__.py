"""Training of the networks that trt_pose_ros runs; the only package here that needs PyTorch."""
