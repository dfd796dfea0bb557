# Without GPU, arm64 and x86-64: PCs, and the Jetson Nano, whose TensorRT (JetPack 4) is too old. ROS 2 Humble, OpenVINO.
# From the project's folder: docker compose -f docker/compose.yaml up --build cpu
FROM ros:humble-ros-base-jammy

SHELL ["/bin/bash", "-o", "pipefail", "-c"]
ENV DEBIAN_FRONTEND=noninteractive LANG=C.UTF-8

# NumPy below 2, as Ubuntu's OpenCV wants it, which is what rosdep installs
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3-pip \
 && rm -rf /var/lib/apt/lists/* \
 && pip3 install --no-cache-dir "openvino==2025.*" "numpy<2"

COPY . /opt/trt_pose/src/trt_pose_ros
RUN /opt/trt_pose/src/trt_pose_ros/docker/build_workspace.sh \
 && useradd --create-home --uid 1001 --groups video robot
USER 1001
WORKDIR /home/robot
ENTRYPOINT ["/opt/trt_pose/src/trt_pose_ros/docker/entrypoint.sh"]
CMD ["ros2", "launch", "trt_pose_ros", "pose.launch.py", "board:=auto"]
