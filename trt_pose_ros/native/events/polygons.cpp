#include "polygons.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace trt_pose_ros::events {
namespace {

double depth(double x, double y, const double* corner_x, const double* corner_y, int corners) {
  if (std::isnan(x) || std::isnan(y)) return std::numeric_limits<double>::quiet_NaN();
  double nearest = std::numeric_limits<double>::infinity();
  bool inside = false;
  for (int i = 0; i < corners; ++i) {
    const int next = i + 1 < corners ? i + 1 : 0;
    const double way_x = corner_x[next] - corner_x[i], way_y = corner_y[next] - corner_y[i];
    const double off_x = x - corner_x[i], off_y = y - corner_y[i];
    const double squared = std::max(way_x * way_x + way_y * way_y, 1e-12);
    const double part = std::clamp((off_x * way_x + off_y * way_y) / squared, 0.0, 1.0);
    const double away_x = off_x - part * way_x, away_y = off_y - part * way_y;
    nearest = std::min(nearest, away_x * away_x + away_y * away_y);
    // a ray to the right crosses the border once more often than not
    const double slope = way_x / (way_y == 0 ? 1.0 : way_y);
    if ((off_y >= 0) != (off_y >= way_y) && off_x < off_y * slope) inside = !inside;
  }
  return inside ? std::sqrt(nearest) : -std::sqrt(nearest);
}

}  // namespace

void depths_in_polygons(const double* points, const double* corners, int polygons, int corners_each, int people,
                        double* depths) {
  const std::size_t all_points = static_cast<std::size_t>(polygons) * people;
  const std::size_t all_corners = static_cast<std::size_t>(polygons) * corners_each;
  for (int q = 0; q < polygons; ++q) {
    const double* corner_x = corners + static_cast<std::size_t>(q) * corners_each;
    for (int i = 0; i < people; ++i) {
      const std::size_t at = static_cast<std::size_t>(q) * people + i;
      depths[at] = depth(points[at], points[all_points + at], corner_x, corner_x + all_corners, corners_each);
    }
  }
}

}  // namespace trt_pose_ros::events
