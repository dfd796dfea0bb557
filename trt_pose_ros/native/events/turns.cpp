#include "turns.hpp"

#include <algorithm>
#include <cmath>

namespace trt_pose_ros::events {
namespace {

// Find out where somebody is heading of whom it is not known.
void set_out(double place, double amplitude, double& farthest, double& nearest, double& heading) {
  farthest = std::fmax(farthest, place);
  nearest = std::fmin(nearest, place);
  const bool up = place - nearest >= amplitude, down = farthest - place >= amplitude;
  heading = up ? 1.0 : down ? -1.0 : 0.0;
  if (up || down) farthest = place;
}

}  // namespace

void follow(const double* places, const double* amplitudes, double stamp, const Paths& paths) {
  for (std::size_t i = 0; i < paths.count; ++i) {
    const double place = places[i];
    double& farthest = paths.farthest[i];
    double& heading = paths.heading[i];
    const bool was_unknown = heading == 0;
    if (was_unknown) set_out(place, amplitudes[i], farthest, paths.nearest[i], heading);
    const double now = (place - farthest) * heading, before = (paths.before[i] - farthest) * heading;
    if (!std::isnan(place)) paths.before[i] = place;
    if (std::isnan(now) || std::isnan(before)) continue;  // two images have to agree
    const double back = std::max(now, before), ahead = std::min(now, before);
    if (back <= -amplitudes[i] && !was_unknown) {
      farthest += heading * back;
      heading = -heading;
      double* newest = paths.turned + i;
      for (std::size_t t = paths.remembered; t-- > 1;) newest[t * paths.count] = newest[(t - 1) * paths.count];
      *newest = stamp;
    } else if (ahead > 0) {
      farthest += heading * ahead;
    }
  }
}

}  // namespace trt_pose_ros::events
