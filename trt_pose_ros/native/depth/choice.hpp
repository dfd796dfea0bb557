// Which of the candidates together are most like a body.
#pragma once

#include "candidates.hpp"

namespace trt_pose_ros::depth {

using Costs = std::array<double, kCandidates>;

// For each joint, the found joint closest along the bones among those before it in the body's order, or itself.
std::vector<int> parents(const std::vector<char>& found, const Body& body);

// For each candidate, the cost of the best choice for the whole body in which the joint takes it. The joints form a
// tree along the bones, so that is found exactly by passing messages up and down (pictorial structures, Felzenszwalb
// and Huttenlocher, 2005). Joints of two trees know nothing of each other.
std::vector<Costs> best_with_each(const std::vector<Candidates>& joints, const Seen& seen,
                                  const std::vector<int>& parent, const Body& body, double stature);

}  // namespace trt_pose_ros::depth
