// Where between the cells a peak really is.
#pragma once

#include "types.hpp"

namespace trt_pose_ros {

// The top of the Gaussian through a peak's cell and its neighbours, along each axis by itself: heatmaps are trained
// on Gaussians, whose logarithm is a parabola. At the map's border the cell itself.
//
// The top of a Gaussian that lies between cells is higher than any cell; how much higher follows from its width. It is
// taken for no narrower than networks are trained on (kNarrowest), so the refined score is at most 1.18 times the
// cell's if the top lies between two cells and at most 1.39 times if it lies between four, whatever is around it.
Peak refined(const Plane& map, const Peak& cell);

}  // namespace trt_pose_ros
