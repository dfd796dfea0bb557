#include "choice.hpp"

#include <algorithm>

namespace trt_pose_ros::depth {
namespace {

constexpr double kTolerance = 0.04;  // metres, of distances between joints: keypoints are off by some pixels
constexpr double kWorst = 30.0;      // cost of two joints that cannot belong together

using Pairs = std::array<Costs, kCandidates>;  // of a joint's candidates with each of the parent's

bool exists(const Candidates& joint) {
  return std::any_of(joint.begin(), joint.end(), [](const Candidate& c) { return std::isfinite(c.cost); });
}

Pairs pairs_of(const Candidates& joint, const Point& ray, const Candidates& above, const Point& ray_above, double low,
               double high) {
  Pairs pairs;
  for (int own = 0; own < kCandidates; ++own) {
    for (int up = 0; up < kCandidates; ++up) {
      const bool both = std::isfinite(joint[own].cost) && std::isfinite(above[up].cost);
      const double length = both ? distance(joint[own].z * ray, above[up].z * ray_above) : 0;
      const double off = std::max({low - length, length - high, 0.0}) / kTolerance;
      pairs[own][up] = std::min(off * off, kWorst);
    }
  }
  return pairs;
}

}  // namespace

std::vector<int> parents(const std::vector<char>& found, const Body& body) {
  std::vector<int> parent(body.joints);
  for (int i = 0; i < body.joints; ++i) {
    const int joint = body.order[i];
    double best = kNever;
    parent[joint] = joint;
    for (int j = 0; j < i; ++j) {
      const int other = body.order[j];
      if (found[other] && body.at_most(joint, other) < best) parent[joint] = other, best = body.at_most(joint, other);
    }
  }
  return parent;
}

std::vector<Costs> best_with_each(const std::vector<Candidates>& joints, const Seen& seen,
                                  const std::vector<int>& parent, const Body& body, double stature) {
  std::vector<Costs> costs(body.joints), messages(body.joints);
  std::vector<Pairs> pairs(body.joints);
  std::vector<char> bound(body.joints);  // to its parent
  for (int joint = 0; joint < body.joints; ++joint) {
    const bool there = exists(joints[joint]);
    for (int i = 0; i < kCandidates; ++i) costs[joint][i] = there ? joints[joint][i].cost : 0.0;
    const int up = parent[joint];
    bound[joint] = there && up != joint && exists(joints[up]);
    if (bound[joint]) {
      pairs[joint] = pairs_of(joints[joint], seen.rays[joint], joints[up], seen.rays[up],
                              stature * body.at_least(joint, up), stature * body.at_most(joint, up));
    }
  }
  for (auto joint = body.order.rbegin(); joint != body.order.rend(); ++joint) {
    if (!bound[*joint]) continue;
    Costs& message = messages[*joint];
    message.fill(kNever);
    for (int own = 0; own < kCandidates; ++own) {
      const double cost = costs[*joint][own];
      if (!std::isfinite(cost)) continue;
      for (int up = 0; up < kCandidates; ++up) message[up] = std::min(message[up], cost + pairs[*joint][own][up]);
    }
    for (int up = 0; up < kCandidates; ++up) costs[parent[*joint]][up] += message[up];
  }
  for (const int joint : body.order) {
    if (!bound[joint]) continue;
    const Costs& above = costs[parent[joint]];
    for (int own = 0; own < kCandidates; ++own) {
      double least = kNever;
      for (int up = 0; up < kCandidates; ++up) {
        if (std::isfinite(above[up])) least = std::min(least, above[up] - messages[joint][up] + pairs[joint][own][up]);
      }
      costs[joint][own] += least;
    }
  }
  return costs;
}

}  // namespace trt_pose_ros::depth
