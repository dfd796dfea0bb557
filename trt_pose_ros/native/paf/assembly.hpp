// Assembly: from connections between peaks to people.
#pragma once

#include "types.hpp"

namespace trt_pose_ros {

// Takes the connections best first. Each starts a person, adds a peak to one, or joins two that have no keypoint in
// common; one that contradicts better evidence is left out. So no joint that two people share can merge them.
//
// Then those left out are taken once more, down to `share_threshold`: where two people stand so that a joint of both is
// one peak, the second has that keypoint missing, and is in pieces if the joint held it together. It gets a share in the
// peak, and its pieces are joined.
//
// With `min_keypoints` 1 every strong peak that is left starts a person too.
void assemble(const std::vector<Connection>& connections, const Skeleton& skeleton, const Peaks& peaks,
              const Options& options, People& people);

}  // namespace trt_pose_ros
