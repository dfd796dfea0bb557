// Peaks: the places in a keypoint's heatmap where that keypoint may be.
#pragma once

#include "types.hpp"

namespace trt_pose_ros {

// Finds the peaks of every keypoint. Strong peaks are refined. Weak peaks are many and seldom used: they stay at their
// cell. `found` is working memory.
void find_peaks(const Channels& heatmaps, const Skeleton& skeleton, const Options& options, std::vector<Peak>& found,
                Peaks& peaks);

}  // namespace trt_pose_ros
