// Links: how much a part affinity field says that two peaks belong to one person (Cao et al., "Realtime Multi-Person 2D
// Pose Estimation using Part Affinity Fields", CVPR 2017, equation 10).
#pragma once

#include "types.hpp"

namespace trt_pose_ros {

// The mean of the field along the segment from -> to, projected on its direction and read bilinearly at
// `link_samples` points; 0 where too few of them agree.
float link_score(const Plane& x_field, const Plane& y_field, const Peak& from, const Peak& to, const Options& options);

// All connections between strong peaks that reach the thresholds, best first.
void find_connections(const Channels& fields, const Skeleton& skeleton, const Peaks& peaks, const Options& options,
                      std::vector<Connection>& connections);

}  // namespace trt_pose_ros
