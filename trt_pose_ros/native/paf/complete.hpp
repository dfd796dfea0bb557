// Completion: gives people the keypoints that were too faint to start a person.
#pragma once

#include "links.hpp"
#include "types.hpp"

namespace trt_pose_ros {

// A free peak that may become a person's keypoint.
struct Extension {
  float priority;
  float score;  // of the link
  int person;
  int from;  // keypoint it would hang on
  int to;    // keypoint it would be
  int peak;
};

struct CompletionScratch {
  std::vector<Extension> heap;
  std::vector<Glance> glances;
  std::vector<int> found;  // peaks
  std::vector<Segment> segments;
  std::vector<float> scores;
};

// Grows every person who has `min_keypoints` along links of which it has one end, to free peaks of any strength. The
// best extension of all people goes first, by its field times its peak, and what it adds is grown from in turn (the
// growth by priority of Kreiss et al., "PifPaf: Composite Fields for Human Pose Estimation", CVPR 2019).
// Weak peaks that it uses are refined.
void complete(const Channels& heatmaps, const Channels& fields, const Skeleton& skeleton, const Options& options,
              CompletionScratch& scratch, Peaks& peaks, People& people);

}  // namespace trt_pose_ros
