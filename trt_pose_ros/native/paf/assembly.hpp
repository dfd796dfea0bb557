// Assembly: from connections between peaks to people.
#pragma once

#include "types.hpp"

namespace trt_pose_ros {

// First pass, best connection first. A connection starts a person, adds a peak to a person, or joins two people who
// have no keypoint in common. A connection that contradicts a better one is skipped, so a joint that two people share
// cannot merge them.
//
// Second pass, over the connections whose score is at least `share_threshold`. Where the joints of two people fall into
// one peak, the first pass gives it to one of them. The other one lacks that keypoint, and is left in pieces if the
// joint held them together. Now both share the peak, and the pieces are joined.
//
// With `min_keypoints` 1, every strong peak that belongs to nobody becomes a person.
void assemble(const std::vector<Connection>& connections, const Skeleton& skeleton, const Peaks& peaks,
              const Options& options, People& people);

}  // namespace trt_pose_ros
