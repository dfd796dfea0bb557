# JetPack 6 (L4T 36, Orin): Ubuntu 22.04, CUDA 12.6, TensorRT 10.3 with its Python 3.10, ROS 2 Humble.
# From the project's folder: docker compose -f docker/compose.yaml up --build jetpack6
FROM nvcr.io/nvidia/l4t-jetpack:r36.4.0

SHELL ["/bin/bash", "-o", "pipefail", "-c"]
ENV DEBIAN_FRONTEND=noninteractive LANG=C.UTF-8 ROS_DISTRO=humble

COPY docker/install_ros.sh /opt/trt_pose/
# cuda-python in the version of CUDA; OpenCV is Ubuntu's, by rosdep, because it has GStreamer
RUN /opt/trt_pose/install_ros.sh jammy \
 && pip3 install --no-cache-dir "cuda-python==12.6.*"

COPY . /opt/trt_pose/src/trt_pose_ros
RUN /opt/trt_pose/src/trt_pose_ros/docker/build_workspace.sh \
 && useradd --create-home --uid 1001 --groups video robot \
 && install -d -o robot /var/lib/trt_pose
USER 1001
ENV TRT_POSE_ENGINES=/var/lib/trt_pose/engines
WORKDIR /home/robot
ENTRYPOINT ["/opt/trt_pose/src/trt_pose_ros/docker/entrypoint.sh"]
CMD ["ros2", "launch", "trt_pose_ros", "pose.launch.py", "board:=auto"]
