// Where between the cells a peak really is.
#pragma once

#include "types.hpp"

namespace trt_pose_ros {

// The top of the Gaussian through a peak's cell and its neighbours, along each axis by itself: heatmaps are trained
// on Gaussians, whose logarithm is a parabola. At the map's border the cell itself.
Peak refined(const Plane& map, const Peak& cell);

}  // namespace trt_pose_ros
