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

// Every person who has `min_keypoints` grows: along links of which one end is known, to peaks of any strength that
// belong to nobody. Of all possible extensions the best goes first, by link score times peak height, and the person
// grows on from the new keypoint (growth by priority, from Kreiss et al., "PifPaf: Composite Fields for Human Pose
// Estimation", CVPR 2019). Weak peaks that become keypoints are refined.
void complete(const Channels& heatmaps, const Channels& fields, const Skeleton& skeleton, const Options& options,
              CompletionScratch& scratch, Peaks& peaks, People& people);

}  // namespace trt_pose_ros
