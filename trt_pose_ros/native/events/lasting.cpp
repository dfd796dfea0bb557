#include "lasting.hpp"

#include <algorithm>

namespace trt_pose_ros::events {

Changes advance(const std::int8_t* truth, double stamp, const Waits& waits, const Memory& memory) {
  Changes changes;
  for (std::size_t i = 0; i < memory.count; ++i) {
    bool& active = memory.active[i];
    double& level = memory.level[i];
    const double elapsed = stamp - memory.known[i];
    const bool forgotten = elapsed > waits.gap[i];
    if (forgotten) {
      if (active) changes.lost.push_back(static_cast<std::int64_t>(i));
      active = false;
      level = 0;
    }
    if (truth[i] == 0) continue;
    const bool agrees = (truth[i] < 0) == active;
    // the first image is a moment, not a time that it has lasted
    if (!forgotten && (!agrees || memory.agreed[i] || level > 0)) level += agrees ? elapsed : -elapsed;
    level = std::max(level, 0.0);
    if (agrees && !active && level == 0) memory.began[i] = stamp;
    const bool is_change = agrees && level >= (active ? waits.until : waits.lasts)[i];
    if (is_change) {
      (active ? changes.over : changes.started).push_back(static_cast<std::int64_t>(i));
      active = !active;
      level = 0;
    }
    memory.agreed[i] = agrees && !is_change;
    memory.known[i] = stamp;
  }
  return changes;
}

}  // namespace trt_pose_ros::events
