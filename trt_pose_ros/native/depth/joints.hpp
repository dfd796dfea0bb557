// Where the joints of the people in one image are, by what a depth camera measured around them.
#pragma once

#include "body.hpp"

namespace trt_pose_ros::depth {

struct Located {
  std::vector<double> z;        // of each joint, NaN where it is not to be told
  std::vector<double> stddevs;  // standard deviation of the error; kInferred or more for joints that were not seen
};

constexpr double kInferred = 0.1;  // metres

std::vector<Located> locate(const std::vector<Seen>& people, const Body& body);

}  // namespace trt_pose_ros::depth
