# JetPack 7 (L4T 38, Thor): the board runs NVIDIA's containers for arm64 servers. Ubuntu 24.04, CUDA 13, TensorRT 10.13
# with its Python 3.12, ROS 2 Jazzy. The same image serves x86-64 PCs with an NVIDIA card.
# From the project's folder: docker compose -f docker/compose.yaml up --build jetpack7
FROM nvcr.io/nvidia/tensorrt:25.08-py3

SHELL ["/bin/bash", "-o", "pipefail", "-c"]
ENV DEBIAN_FRONTEND=noninteractive LANG=C.UTF-8 ROS_DISTRO=jazzy

COPY docker/install_ros.sh /opt/trt_pose/
# cuda-python in the version of CUDA; OpenCV is Ubuntu's, by rosdep, because it has GStreamer
RUN /opt/trt_pose/install_ros.sh noble \
 && pip3 install --no-cache-dir --break-system-packages "cuda-python==13.0.*"

COPY . /opt/trt_pose/src/trt_pose_ros
RUN /opt/trt_pose/src/trt_pose_ros/docker/build_workspace.sh \
 && useradd --create-home --uid 1001 --groups video robot \
 && install -d -o robot /var/lib/trt_pose
USER 1001
ENV TRT_POSE_ENGINES=/var/lib/trt_pose/engines
WORKDIR /home/robot
ENTRYPOINT ["/opt/trt_pose/src/trt_pose_ros/docker/entrypoint.sh"]
CMD ["ros2", "launch", "trt_pose_ros", "pose.launch.py", "board:=auto"]
