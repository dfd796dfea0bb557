// When something that is true, false or unknown from image to image has begun, and when it is over.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace trt_pose_ros::events {

// What is remembered of each of `count` somethings, see trt_pose_ros.events.lasting.
struct Memory {
  std::size_t count;
  bool* active;
  double* began;
  double* level;   // seconds of evidence for a change
  bool* agreed;    // the last thing that was known was evidence for a change
  double* known;   // stamp of that
};

// Seconds of each: of evidence for a start and for an end, and of knowing nothing.
struct Waits {
  const double* lasts;
  const double* until;
  const double* gap;
};

struct Changes {
  std::vector<std::int64_t> started, over, lost;
};

// Takes in the truths of the next image.
Changes advance(const std::int8_t* truth, double stamp, const Waits& waits, const Memory& memory);

}  // namespace trt_pose_ros::events
