// Selection: scores people, drops those without enough evidence and those who are a better person once more.
#pragma once

#include "types.hpp"

namespace trt_pose_ros {

struct Candidate {
  int person;
  float score;
  float area;  // of the body, in cells
  float left, top, right, bottom;
};

// Fills `selected` with the people to keep, best first.
//
// A person's score is the object keypoint similarity to expect of it: the mean over all keypoints of the peak's height,
// times the support of its strongest link, times how much an error of about a cell costs at the person's size. The last
// is why far people rank below near ones of the same clarity, as they do under COCO's metric.
void select(const Skeleton& skeleton, const Peaks& peaks, const Options& options, const People& people,
            std::vector<Candidate>& selected);

}  // namespace trt_pose_ros
