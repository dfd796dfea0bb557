// Where between the cells a peak really is.
#pragma once

#include "types.hpp"

namespace trt_pose_ros {

// The top of the Gaussian through the peak's cell and its neighbours, along each axis by itself: heatmaps are trained
// on Gaussians, whose logarithm is a parabola. At the map's border the cell itself.
Peak refined_peak(const Plane& map, int row, int column);

}  // namespace trt_pose_ros
