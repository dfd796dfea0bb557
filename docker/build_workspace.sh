#!/usr/bin/env bash
# Build the workspace /opt/trt_pose, in which src/trt_pose_ros lies, with what its package.xml asks for.
set -eo pipefail
cd /opt/trt_pose
# shellcheck disable=SC1090
source "/opt/ros/$ROS_DISTRO/setup.bash"

apt-get update
rosdep update --rosdistro "$ROS_DISTRO"
rosdep install --from-paths src --ignore-src -y --dependency-types=buildtool --dependency-types=build \
  --dependency-types=exec
colcon build --cmake-args -DBUILD_TESTING=OFF
rm -rf /var/lib/apt/lists/* build log "$HOME/.ros"
