// How often joints turned round, see trt_pose_ros.events.motion.Turns.
#pragma once

#include <cstddef>

namespace trt_pose_ros::events {

// What is remembered of `count` joints that go to and fro along a line.
struct Paths {
  std::size_t count;
  double* farthest;
  double* nearest;  // the other end as long as the heading is not known
  double* heading;  // 1 or -1; 0 before it is known
  double* before;   // where it was seen last
  double* turned;   // remembered x count stamps, the newest first
  std::size_t remembered;
};

// Takes in where the joints are in the next image, NaN where unknown, and how far each has to come back.
void follow(const double* places, const double* amplitudes, double stamp, const Paths& paths);

}  // namespace trt_pose_ros::events
