#!/usr/bin/env bash
# ROS 2 $ROS_DISTRO into an image of NVIDIA's, from ROS's own packages for the Ubuntu release that is the argument.
set -euo pipefail
release=$1
keyring=/usr/share/keyrings/ros-archive-keyring.gpg

apt-get update
apt-get install -y --no-install-recommends ca-certificates curl python3-pip
curl -sSfL https://raw.githubusercontent.com/ros/rosdistro/master/ros.key -o "$keyring"
echo "deb [arch=$(dpkg --print-architecture) signed-by=$keyring] http://packages.ros.org/ros2/ubuntu $release main" \
  > /etc/apt/sources.list.d/ros2.list
apt-get update
apt-get install -y --no-install-recommends \
  build-essential cmake "ros-$ROS_DISTRO-ros-base" python3-colcon-common-extensions python3-rosdep
rosdep init
rm -rf /var/lib/apt/lists/*
