// Whose flesh a measured point belongs to: a surface is one body part's, so it tells nothing of what is behind it.
#pragma once

#include "candidates.hpp"

namespace trt_pose_ros::depth {

// A person as chosen without regard to the others.
struct Chosen {
  std::vector<Point> joints;      // in space
  std::vector<char> measured;     // of each joint
  double middle = kNothing;
  double stature = 0;
  double rank = kNever;           // lower is more like a person
};

// What each person's measured candidates cost more because they lie in other people's flesh, or in that of another part
// of the same body: people x joints.
std::vector<std::vector<std::array<double, kMeasured>>> in_flesh(const std::vector<std::vector<Candidates>>& candidates,
                                                                 const std::vector<Seen>& seen,
                                                                 const std::vector<Chosen>& chosen, const Body& body);

}  // namespace trt_pose_ros::depth
