# JetPack 5 (L4T 35, Xavier and early Orin): CUDA 11.4 and TensorRT 8.5 are for Ubuntu 20.04 and its Python 3.8, older
# than this package takes. So the image is ROS's with Ubuntu 22.04 and Python 3.10, JetPack's libraries are copied into
# it, and TensorRT's Python module is compiled anew from NVIDIA's sources (Apache-2.0).
# From the project's folder: docker compose -f docker/compose.yaml up --build jetpack5
FROM nvcr.io/nvidia/l4t-jetpack:r35.4.1 AS jetpack

FROM ros:humble-ros-base-jammy AS libraries
COPY --from=jetpack /usr/local/cuda-11.4 /usr/local/cuda-11.4
COPY --from=jetpack /usr/include/aarch64-linux-gnu/Nv*.h /usr/include/aarch64-linux-gnu/
COPY --from=jetpack /usr/lib/aarch64-linux-gnu/libnvinfer* /usr/lib/aarch64-linux-gnu/libnvonnxparser* \
     /usr/lib/aarch64-linux-gnu/libnvparsers* /usr/lib/aarch64-linux-gnu/libcudnn* /usr/lib/aarch64-linux-gnu/
# where NVIDIA's container runtime puts the driver of the board
COPY --from=jetpack /etc/ld.so.conf.d /etc/ld.so.conf.d
RUN ln -s cuda-11.4 /usr/local/cuda && ldconfig

FROM libraries AS bindings
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
ENV TRT_OSSPATH=/tmp/TensorRT EXT_PATH=/tmp/external PYTHON_MAJOR_VERSION=3 PYTHON_MINOR_VERSION=10 \
    TARGET_ARCHITECTURE=aarch64
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install -y --no-install-recommends build-essential cmake git python3-dev python3-pip python3-wheel \
 && rm -rf /var/lib/apt/lists/*
RUN git clone --depth 1 --branch release/8.5 https://github.com/NVIDIA/TensorRT.git "$TRT_OSSPATH" \
 && git clone --depth 1 --branch v2.10.4 https://github.com/pybind/pybind11.git "$EXT_PATH/pybind11" \
 && mkdir -p "$EXT_PATH/python3.10" && ln -s /usr/include/python3.10 "$EXT_PATH/python3.10/include"
WORKDIR /tmp/TensorRT/python
RUN bash ./build.sh && install -D -t /wheels build/dist/tensorrt-*.whl

FROM libraries
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
ENV DEBIAN_FRONTEND=noninteractive LANG=C.UTF-8
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3-pip \
 && rm -rf /var/lib/apt/lists/*
COPY --from=bindings /wheels /wheels
# cuda-python of CUDA 11, whose versions run with each other's drivers; OpenCV is Ubuntu's, by rosdep (GStreamer)
RUN pip3 install --no-cache-dir --no-index --find-links /wheels tensorrt==8.5.* \
 && pip3 install --no-cache-dir "cuda-python==11.8.*"

COPY . /opt/trt_pose/src/trt_pose_ros
RUN /opt/trt_pose/src/trt_pose_ros/docker/build_workspace.sh \
 && useradd --create-home --uid 1001 --groups video robot \
 && install -d -o robot /var/lib/trt_pose
USER 1001
ENV TRT_POSE_ENGINES=/var/lib/trt_pose/engines
WORKDIR /home/robot
ENTRYPOINT ["/opt/trt_pose/src/trt_pose_ros/docker/entrypoint.sh"]
CMD ["ros2", "launch", "trt_pose_ros", "pose.launch.py", "board:=auto"]
