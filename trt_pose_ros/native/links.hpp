// Links: how much a part affinity field says that two peaks belong to one person (Cao et al., "Realtime Multi-Person 2D
// Pose Estimation using Part Affinity Fields", CVPR 2017, equation 10, and the agreement test of its implementations).
#pragma once

#include "types.hpp"

namespace trt_pose_ros {

// The mean of the link's field along the segment from -> to, projected on its direction and read bilinearly at
// `link_samples` points; 0 unless it and enough of the points exceed `link_threshold`.
float link_score(const Channels& fields, const Link& link, const Peak& from, const Peak& to, const Options& options);

// All connections between strong peaks, best first.
void find_connections(const Channels& fields, const Skeleton& skeleton, const Peaks& peaks, const Options& options,
                      std::vector<Connection>& connections);

}  // namespace trt_pose_ros
