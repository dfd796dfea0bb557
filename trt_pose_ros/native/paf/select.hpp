// Selection: gives every person a score, drops those with too little evidence, and those found twice.
#pragma once

#include "types.hpp"

namespace trt_pose_ros {

struct Candidate {
  int person;
  float score;
  float squared_size;  // of the body, in cells
  float left, top, right, bottom;
};

// Fills `selected` with the people to keep, best first.
//
// A person's score estimates the object keypoint similarity (OKS) to the true pose: the mean over all keypoints of a
// product of three factors, the height of the peak, the score of the strongest link that ends there, and the similarity
// that is left after an error of about one cell. The last one is smaller for small people, so a far person ranks below a
// near one that is seen as clearly, as under COCO's metric.
void select(const Skeleton& skeleton, const Peaks& peaks, const Options& options, const People& people,
            std::vector<Candidate>& selected);

}  // namespace trt_pose_ros
