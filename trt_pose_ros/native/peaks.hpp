// Peaks: the places in a keypoint's heatmap where that keypoint may be.
#pragma once

#include "types.hpp"

namespace trt_pose_ros {

// Finds the peaks of every keypoint. `peaks` is overwritten; its memory is reused.
void find_peaks(const Channels& heatmaps, const Skeleton& skeleton, const Options& options, Peaks& peaks);

}  // namespace trt_pose_ros
