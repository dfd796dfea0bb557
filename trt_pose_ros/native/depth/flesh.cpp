#include "flesh.hpp"

#include <algorithm>

namespace trt_pose_ros::depth {
namespace {

constexpr double kAround = 0.05;   // metres around the bones' radii
constexpr double kStretched = 0.1;  // metres that a bone may be too long
constexpr double kAlike = 0.15;    // metres: whose middle is nearer by less may both be meant
// costs, as squared standard deviations
constexpr double kOthers = 10.0;
constexpr double kOwn = 8.0;  // for a score of 0: networks find hidden joints as well, and are less sure of them

struct Flesh {
  int from, to;
  Point start, along;
  double square, limit;  // squared length, and radius around it
};

std::vector<Flesh> flesh_of(const Chosen& chosen, const Body& body) {
  std::vector<Flesh> parts;
  for (std::size_t i = 0; i < body.bones.size(); ++i) {
    const auto [from, to] = body.bones[i];
    if (body.lengths[i] <= body.long_bone || !chosen.measured[from] || !chosen.measured[to]) continue;
    const Point start = chosen.joints[from], along = chosen.joints[to] - start;
    const double square = dot(along, along);
    if (!(std::sqrt(square) < chosen.stature * body.at_most(from, to) + kStretched)) continue;
    const double limit = body.stature * (body.radii[from] + body.radii[to]) / 2 + kAround;
    parts.push_back({from, to, start, along, std::max(square, 1e-9), limit});
  }
  return parts;
}

bool inside(const Point& point, const Flesh& flesh) {
  const Point off = point - flesh.start;
  const double share = std::clamp(dot(off, flesh.along) / flesh.square, 0.0, 1.0);
  return distance(off, share * flesh.along) < flesh.limit;
}

// Whether the other person is closer to the depth than who wants it or, if both are alike, more like a person.
bool goes_to(const Chosen& other, const Chosen& own, double z) {
  const double theirs = std::abs(z - other.middle), ours = std::abs(z - own.middle);
  return theirs < ours - kAlike || (theirs < ours + kAlike && other.rank < own.rank);
}

}  // namespace

std::vector<std::vector<std::array<double, kMeasured>>> in_flesh(const std::vector<std::vector<Candidates>>& candidates,
                                                                 const std::vector<Seen>& seen,
                                                                 const std::vector<Chosen>& chosen, const Body& body) {
  std::vector<std::vector<Flesh>> flesh;
  for (const Chosen& person : chosen) flesh.push_back(flesh_of(person, body));
  std::vector<std::vector<std::array<double, kMeasured>>> extra(
      seen.size(), std::vector<std::array<double, kMeasured>>(body.joints));
  for (std::size_t own = 0; own < seen.size(); ++own) {
    for (int joint = 0; joint < body.joints; ++joint) {
      for (int i = 0; i < kMeasured; ++i) {
        const Candidate& candidate = candidates[own][joint][i];
        double& cost = extra[own][joint][i] = 0;
        if (!std::isfinite(candidate.cost)) continue;
        const Point point = candidate.z * seen[own].rays[joint];
        const auto covers = [&](const Flesh& part) { return inside(point, part); };
        const auto covers_apart = [&](const Flesh& part) {
          return part.from != joint && part.to != joint && inside(point, part);
        };
        if (std::any_of(flesh[own].begin(), flesh[own].end(), covers_apart)) {
          cost += kOwn * (1 - seen[own].scores[joint]);
        }
        for (std::size_t other = 0; other < seen.size(); ++other) {
          if (other == own || !goes_to(chosen[other], chosen[own], candidate.z)) continue;
          if (std::any_of(flesh[other].begin(), flesh[other].end(), covers)) {
            cost += kOthers;
            break;
          }
        }
      }
    }
  }
  return extra;
}

}  // namespace trt_pose_ros::depth
