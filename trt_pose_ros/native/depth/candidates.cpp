#include "candidates.hpp"

#include <algorithm>

namespace trt_pose_ros::depth {
namespace {

constexpr std::array<double, kMeasured> kQuantiles{0.1, 0.3, 0.5, 0.7, 0.9};
constexpr double kBody = 0.35;    // metres: most of a body's joints lie so close to its middle
constexpr double kReach = 0.6;    // and all of them so close
constexpr double kSlack = 0.03;   // metres that something hidden may lie before what hides it
constexpr double kBeside = 0.8;   // metres behind the middle: what is seen there is not the body, so it hides nothing
// costs, as squared standard deviations
constexpr double kCovered = 2.0;  // of a depth before which all else around the joint was measured
constexpr double kUnseen = 1.0;   // of a joint that is not seen,
constexpr double kSure = 5.0;     // and more for the score of a network that is sure to see it
constexpr double kInTheAir = 8.0;  // of a joint before what is seen in its direction
constexpr double kOffBody = 2.0;   // of a keypoint that lies beside the body

Candidate mode(const double* sorted, int count, double quantile, double width) {
  const double at = sorted[static_cast<int>(quantile * (count - 1))];
  double shift = 0;
  int close = 0, nearer = 0;
  for (int i = 0; i < count; ++i) {
    const double off = sorted[i] - at;
    if (std::abs(off) < width) {
      shift += off;
      ++close;
    } else if (off < 0) {
      ++nearer;
    }
  }
  return {at + shift / close, -std::log(static_cast<double>(close) / count) + kCovered * nearer / count};
}

}  // namespace

double commonest(std::vector<double> depths) {
  depths.erase(std::remove_if(depths.begin(), depths.end(), [](double z) { return !std::isfinite(z); }), depths.end());
  if (depths.empty()) return kNothing;
  std::sort(depths.begin(), depths.end());
  std::size_t low = 0, high = 0, first = 0, last = 0;
  for (const double z : depths) {
    while (!(std::abs(depths[low] - z) < kBody)) ++low;
    while (high < depths.size() && std::abs(depths[high] - z) < kBody) ++high;
    if (high - low > last - first) first = low, last = high;
  }
  double sum = 0;
  for (std::size_t i = first; i < last; ++i) sum += depths[i];
  return sum / static_cast<double>(last - first);
}

std::vector<Candidates> measured(const Seen& seen, const Body& body, std::vector<double>& surfaces) {
  std::vector<Candidates> joints(body.joints);
  surfaces.assign(body.joints, kNothing);
  const double width = 0.05 + 0.005 * seen.middle * seen.middle;
  std::vector<double> sorted;
  for (int joint = 0; joint < body.joints; ++joint) {
    if (!seen.found[joint]) continue;
    sorted.clear();
    for (int i = 0; i < seen.samples_each; ++i) {
      const double z = seen.samples[joint * seen.samples_each + i];
      if (std::isfinite(z)) sorted.push_back(z);
    }
    if (sorted.empty()) continue;
    std::sort(sorted.begin(), sorted.end());
    const double radius = body.stature * body.radii[joint];
    for (int i = 0; i < kMeasured; ++i) {
      Candidate& candidate = joints[joint][i];
      candidate = mode(sorted.data(), static_cast<int>(sorted.size()), kQuantiles[i], width);
      candidate.z += radius;
    }
    surfaces[joint] = std::min(joints[joint][0].z, joints[joint][1].z);
  }
  return joints;
}

void add_hidden(std::vector<Candidates>& joints, const Seen& seen, double middle, const std::vector<double>& surfaces) {
  for (std::size_t joint = 0; joint < joints.size(); ++joint) {
    if (!seen.found[joint]) continue;
    for (int i = 0; i < kHidden; ++i) {
      const double z = middle - kReach + 2 * kReach * i / (kHidden - 1);
      double cost = kUnseen + kSure * seen.scores[joint];
      // false where there is no surface
      if (z < surfaces[joint] - kSlack) cost += surfaces[joint] > middle + kBeside ? kOffBody : kInTheAir;
      joints[joint][kMeasured + i] = {z, std::isfinite(z) ? cost : kNever};
    }
  }
}

}  // namespace trt_pose_ros::depth
