// Assembly: from connections between peaks to people.
#pragma once

#include "types.hpp"

namespace trt_pose_ros {

struct AssemblyWorkspace {
  std::vector<int> owner;  // of each peak: a person or kMissing
};

// Takes the connections best first. A connection starts a person, adds a peak to one, or joins two people who have no
// keypoint in common; what contradicts better evidence is left out. So a peak belongs to one person at most, and two
// people are never merged through a joint that they share.
void assemble(const std::vector<Connection>& connections, const Skeleton& skeleton, const Peaks& peaks,
              AssemblyWorkspace& workspace, People& people);

}  // namespace trt_pose_ros
