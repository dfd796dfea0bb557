// How deep points are in polygons.
#pragma once

namespace trt_pose_ros::events {

// `points` are 2 x polygons x people, `corners` 2 x polygons x corners; `depths`, polygons x people, become distances
// to the border, outside negative, NaN where a point is.
void depths_in_polygons(const double* points, const double* corners, int polygons, int corners_each, int people,
                        double* depths);

}  // namespace trt_pose_ros::events
