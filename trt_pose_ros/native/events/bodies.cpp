#include "bodies.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace trt_pose_ros::events {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

// The pair's length, the mean of the sides that are seen, relative to the size.
double length(const Table& points, const Build& build, int pair, int person) {
  double sides[2];
  for (int side = 0; side < 2; ++side) {
    const int i = 2 * pair + side, start = build.starts[i], end = build.ends[i];
    const double x = points.at(0, start)[person] - points.at(0, end)[person];
    const double y = points.at(1, start)[person] - points.at(1, end)[person];
    sides[side] = std::hypot(x, y) / build.relative[i];
  }
  return (std::fmax(sides[0], sides[1]) + std::fmin(sides[0], sides[1])) / 2;
}

double size_of(const Table& points, const Build& build, int person) {
  const int pairs = static_cast<int>(build.starts.size()) / 2;
  double size = kUnknown;
  // a limb that points at the camera seems shorter and none seems longer, so the longest tells most
  for (int pair = 0; pair < build.limbs; ++pair) size = std::fmax(size, length(points, build, pair, person));
  if (std::isnan(size)) {
    for (int pair = build.limbs; pair < pairs; ++pair) size = std::fmax(size, length(points, build, pair, person));
  }
  return size >= build.smallest ? size : kUnknown;
}

double distance(const Table& table, const Reach& reach, int of_joint, int of_limb) {
  double offset[3], way[3], along = 0, squared = 0;
  for (int c = 0; c < table.coordinates; ++c) {
    const double start = table.at(c, reach.start)[of_limb];
    offset[c] = table.at(c, reach.joint)[of_joint] - start;
    way[c] = table.at(c, reach.end)[of_limb] - start;
    along += offset[c] * way[c];
    squared += way[c] * way[c];
  }
  const double part = std::min(std::max(along / std::max(squared, 1e-12), 0.0), 1.0);
  double sum = 0;
  for (int c = 0; c < table.coordinates; ++c) {
    const double away = offset[c] - part * way[c];
    sum += away * away;
  }
  return std::sqrt(sum);
}

}  // namespace

void locate(const Table& places, const Table& seen, const double* weights, int means, double min_score,
            double farthest, double* made) {
  const int people = places.people, keypoints = places.rows, rows = keypoints + means + 1;
  std::vector<char> known(static_cast<std::size_t>(keypoints) * people);
  for (int k = 0; k < keypoints; ++k) {
    for (int i = 0; i < people; ++i) {
      const double x = seen.at(0, k)[i], y = seen.at(1, k)[i], score = seen.at(2, k)[i];
      // comparisons that NaN fails
      known[k * people + i] = score >= min_score && score <= 1 && std::abs(x) + std::abs(y) < farthest &&
                              places.at(0, k)[i] == places.at(0, k)[i];
    }
  }
  for (int c = 0; c < places.coordinates; ++c) {
    double* of_coordinate = made + static_cast<std::size_t>(c) * rows * people;
    for (int k = 0; k < keypoints; ++k) {
      for (int i = 0; i < people; ++i) {
        of_coordinate[k * people + i] = known[k * people + i] ? places.at(c, k)[i] : kUnknown;
      }
    }
    for (int m = 0; m < means; ++m) {
      for (int i = 0; i < people; ++i) {
        double sum = 0, weight = 0;
        for (int k = 0; k < keypoints; ++k) {
          if (!known[k * people + i]) continue;
          sum += weights[m * keypoints + k] * places.at(c, k)[i];
          weight += weights[m * keypoints + k];
        }
        of_coordinate[(keypoints + m) * people + i] = sum / weight;  // 0 / 0 where none of them is known
      }
    }
    std::fill_n(of_coordinate + (rows - 1) * people, people, kUnknown);
  }
}

void settle_sizes(const Table& points, const Build& build, double share, double* sizes) {
  for (int i = 0; i < points.people; ++i) {
    const double size = size_of(points, build, i);
    if (std::isnan(size)) continue;
    sizes[i] = std::isnan(sizes[i]) ? size : sizes[i] + (size - sizes[i]) * share;
  }
}

void distances(const Table& table, const double* sizes, const std::vector<Reach>& reaches, bool of_pairs,
               double* made) {
  for (const Reach& reach : reaches) {
    for (int a = 0; a < table.people; ++a) {
      for (int b = of_pairs ? 0 : a; b < (of_pairs ? table.people : a + 1); ++b) {
        const int of_joint = reach.joint_of_b ? b : a, of_limb = reach.limb_of_b ? b : a;
        *made++ = distance(table, reach, of_joint, of_limb) / std::fmax(sizes[of_joint], sizes[of_limb]);
      }
    }
  }
}

}  // namespace trt_pose_ros::events
