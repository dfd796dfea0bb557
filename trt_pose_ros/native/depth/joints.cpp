#include "joints.hpp"

#include <algorithm>

#include "choice.hpp"
#include "flesh.hpp"

namespace trt_pose_ros::depth {
namespace {

constexpr int kPrior = 3;          // bones' worth of belief in the usual stature
constexpr double kTall = 5.0;      // cost of a person by how small it would be, for a factor of e
constexpr double kRefused = 8.0;   // cost of a measured candidate, or a person's a joint, that is not believed
constexpr double kSteady = 0.02;   // metres, standard deviation at least
constexpr double kWay = 0.2;       // standard deviation of a hidden joint, by the way along the bones to a seen one
constexpr int kFewest = 3;         // joints that have to be seen
constexpr double kShare = 0.4;     // and share of those found
constexpr double kTrusted = 0.1;   // how much a score of 1 makes a joint less to blame for a bone's wrong length

// The stature that the bones between the joints' most plausible candidates tell, a few usual ones among them.
double stature_of(const std::vector<Candidates>& joints, const Seen& seen, const Body& body) {
  const auto best = [&](int joint) {
    return *std::min_element(joints[joint].begin(), joints[joint].begin() + kMeasured,
                             [](const Candidate& a, const Candidate& b) { return a.cost < b.cost; });
  };
  std::vector<double> statures(kPrior, body.stature);
  for (std::size_t i = 0; i < body.bones.size(); ++i) {
    if (body.lengths[i] <= body.long_bone) continue;
    const auto [from, to] = body.bones[i];
    const Candidate a = best(from), b = best(to);
    if (!std::isfinite(a.cost) || !std::isfinite(b.cost)) continue;
    const double stature = distance(a.z * seen.rays[from], b.z * seen.rays[to]) / body.lengths[i];
    if (stature > body.smallest && stature < body.tallest) statures.push_back(stature);
  }
  std::sort(statures.begin(), statures.end());
  const std::size_t half = statures.size() / 2;
  return statures.size() % 2 ? statures[half] : (statures[half - 1] + statures[half]) / 2;
}

struct Choice {
  Chosen person;
  std::vector<int> which;       // candidate of each joint
  std::vector<double> stddevs;  // of its depth, by how plausible the others are
  double total = 0;             // cost of the whole
};

Choice choose(std::vector<Candidates>& joints, const Seen& seen, double middle, const std::vector<double>& surfaces,
              const std::vector<int>& parent, const Body& body) {
  const std::size_t count = joints.size();
  Choice choice{{std::vector<Point>(count, {kNothing, kNothing, kNothing}), std::vector<char>(count), middle,
                 stature_of(joints, seen, body), kNever}, std::vector<int>(count), std::vector<double>(count), 0};
  add_hidden(joints, seen, middle, surfaces);
  const std::vector<Costs> costs = best_with_each(joints, seen, parent, body, choice.person.stature);
  int found = 0;
  for (std::size_t joint = 0; joint < count; ++joint) {
    found += seen.found[joint];
    const auto least = std::min_element(costs[joint].begin(), costs[joint].end());
    const int which = choice.which[joint] = static_cast<int>(least - costs[joint].begin());
    if (!seen.found[joint] || !std::isfinite(*least) || !std::isfinite(joints[joint][which].cost)) continue;
    choice.total = std::max(choice.total, *least);
    double sum = 0, mean = 0, square = 0;
    for (int i = 0; i < kCandidates; ++i) {
      if (!std::isfinite(joints[joint][i].cost)) continue;
      const double weight = std::exp(-0.5 * (costs[joint][i] - *least));
      const double off = joints[joint][i].z - joints[joint][which].z;
      sum += weight, mean += weight * off, square += weight * off * off;
    }
    mean /= sum, square /= sum;
    const double spread = std::sqrt(std::max(square - mean * mean, 0.0));
    // the most plausible where that is clear, else the middle of what is plausible
    const bool clear = which < kMeasured && spread < kInferred;
    choice.person.measured[joint] = which < kMeasured;
    choice.person.joints[joint] = (joints[joint][which].z + (clear ? 0.0 : mean)) * seen.rays[joint];
    choice.stddevs[joint] = clear ? std::sqrt(square) : spread;
  }
  choice.person.rank = choice.total / std::max(found, 1) - kTall * std::log(choice.person.stature);
  return choice;
}

// The joints that are to blame for bones of a wrong length: at each, the end that has more of them, or the lower score.
std::vector<char> to_blame(const Chosen& person, const Seen& seen, const Body& body) {
  const int count = body.joints;
  std::vector<int> bones(count), wrong(count);
  std::vector<char> bad(body.bones.size()), blamed(count);
  for (std::size_t i = 0; i < body.bones.size(); ++i) {
    const auto [a, b] = body.bones[i];
    const double length = distance(person.joints[a], person.joints[b]);
    if (!std::isfinite(length)) continue;
    bad[i] = length > 1.1 * person.stature * body.at_most(a, b) + 0.08 ||
             length < 0.9 * person.stature * body.at_least(a, b) - 0.12;
    ++bones[a], ++bones[b];
    wrong[a] += bad[i], wrong[b] += bad[i];
  }
  const auto guilt = [&](int joint) {
    return static_cast<double>(wrong[joint]) / std::max(bones[joint], 1) - kTrusted * seen.scores[joint];
  };
  for (std::size_t i = 0; i < body.bones.size(); ++i) {
    const auto [a, b] = body.bones[i];
    if (bad[i]) blamed[guilt(a) > guilt(b) ? a : b] = 1;
  }
  return blamed;
}

Located located(const Choice& choice, const std::vector<Candidates>& joints, const Seen& seen, const Body& body) {
  const int count = body.joints;
  const Chosen& person = choice.person;
  Located result{std::vector<double>(count, kNothing), std::vector<double>(count, kNothing)};
  std::vector<char> measured(count), certain(count);
  int found = 0, certain_ones = 0;
  for (int joint = 0; joint < count; ++joint) {
    found += seen.found[joint];
    measured[joint] = person.measured[joint] && joints[joint][choice.which[joint]].cost < kRefused;
    certain[joint] = measured[joint] && choice.stddevs[joint] < kInferred;
    certain_ones += certain[joint];
  }
  if (certain_ones < std::max<double>(kFewest, kShare * found) || !(choice.total < kRefused * found)) return result;
  const std::vector<char> blamed = to_blame(person, seen, body);
  for (int joint = 0; joint < count; ++joint) {
    if (!std::isfinite(person.joints[joint].z) || blamed[joint]) continue;
    double way = kNever;
    for (int other = 0; other < count; ++other) {
      if (certain[other]) way = std::min(way, person.stature * body.at_most(joint, other));
    }
    result.z[joint] = person.joints[joint].z;
    result.stddevs[joint] = measured[joint] ? std::hypot(kSteady, choice.stddevs[joint])
                                            : std::max(std::hypot(choice.stddevs[joint], kWay * way), kInferred);
  }
  return result;
}

}  // namespace

std::vector<Located> locate(const std::vector<Seen>& people, const Body& body) {
  const std::size_t count = people.size();
  std::vector<std::vector<double>> surfaces(count);
  std::vector<std::vector<Candidates>> candidates;
  std::vector<std::vector<int>> trees;
  std::vector<Chosen> chosen;
  for (std::size_t i = 0; i < count; ++i) {
    candidates.push_back(measured(people[i], body, surfaces[i]));
    trees.push_back(parents(people[i].found, body));
    chosen.push_back(choose(candidates[i], people[i], people[i].middle, surfaces[i], trees[i], body).person);
  }
  const auto extra = in_flesh(candidates, people, chosen, body);
  std::vector<Located> result;
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<double> believed;
    for (int joint = 0; joint < body.joints; ++joint) {
      for (int j = 0; j < kMeasured; ++j) {
        Candidate& candidate = candidates[i][joint][j];
        candidate.cost += extra[i][joint][j];
        if (candidate.cost < kRefused) believed.push_back(candidate.z);
      }
    }
    const double middle = commonest(std::move(believed));
    const Choice choice = choose(candidates[i], people[i], std::isfinite(middle) ? middle : people[i].middle,
                                 surfaces[i], trees[i], body);
    result.push_back(located(choice, candidates[i], people[i], body));
  }
  return result;
}

}  // namespace trt_pose_ros::depth
