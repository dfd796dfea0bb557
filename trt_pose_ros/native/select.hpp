// Selection: scores people, drops those without evidence and those who are somebody else again.
#pragma once

#include "types.hpp"

namespace trt_pose_ros {

struct SelectionWorkspace {
  std::vector<int> order;
};

// Writes the kept people's indices, best first, to `workspace.order` and their scores to `people.scores`.
void select(const Skeleton& skeleton, const Peaks& peaks, const Options& options, SelectionWorkspace& workspace,
            People& people);

}  // namespace trt_pose_ros
