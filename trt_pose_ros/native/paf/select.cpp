#include "select.hpp"

#include <algorithm>

namespace trt_pose_ros {
namespace {

constexpr float kSmallest = 2.0f;  // body size in cells; smaller people are taken for as large
constexpr float kSquaredError = 1.0f;  // of a keypoint, in cells; AP is the same from half to twice of it
constexpr float kEven = 0.042f;  // expected similarity at which a person is as likely right as wrong

// Whether any link ends at a keypoint. One without links cannot have their support and needs none.
bool linked(const Skeleton& skeleton, int keypoint) {
  return std::any_of(skeleton.links.begin(), skeleton.links.end(),
                     [&](const Link& link) { return link.from == keypoint || link.to == keypoint; });
}

// The probability that a person's similarity (OKS) to the true pose exceeds 0.5, from the expected similarity: a
// logistic curve of its logarithm, fitted to the people found in COCO images. Users can set a threshold on a
// probability. The curve rises everywhere, so the order of people stays.
float probability(float expected) {
  const float odds = expected * std::sqrt(expected);
  return odds / (odds + kEven * std::sqrt(kEven));
}

Candidate describe(const Skeleton& skeleton, const Peaks& peaks, const People& people, int person) {
  Candidate result{person, 0, 0, INFINITY, INFINITY, -INFINITY, -INFINITY};
  const Slot* slots = people[person];
  for (int k = 0; k < people.keypoints; ++k) {
    if (slots[k].peak == kMissing) continue;
    const Peak peak = peaks[slots[k].peak];
    result.left = std::min(result.left, peak.x);
    result.right = std::max(result.right, peak.x);
    result.top = std::min(result.top, peak.y);
    result.bottom = std::max(result.bottom, peak.y);
  }
  const float width = result.right - result.left;
  const float height = result.bottom - result.top;
  result.squared_size = std::max(width * width + height * height, kSmallest * kSmallest);
  float sum = 0;
  for (int k = 0; k < people.keypoints; ++k) {
    if (slots[k].peak == kMissing) continue;
    const float variance = result.squared_size * skeleton.tolerances[k];
    const float support = linked(skeleton, k) ? slots[k].support : 1.0f;
    sum += peaks.score[slots[k].peak] * support * variance / (variance + kSquaredError);
  }
  result.score = probability(sum / static_cast<float>(people.keypoints));
  return result;
}

// Object keypoint similarity over the keypoints that both have, at the size of the larger one; 0 if they have none in
// common.
float similarity(const Candidate& a, const Candidate& b, const Skeleton& skeleton, const Peaks& peaks,
                 const People& people) {
  if (a.right < b.left || b.right < a.left || a.bottom < b.top || b.bottom < a.top) return 0;
  const float squared_size = std::max(a.squared_size, b.squared_size);
  float sum = 0;
  int common = 0;
  for (int k = 0; k < people.keypoints; ++k) {
    const int first = people[a.person][k].peak;
    const int second = people[b.person][k].peak;
    if (first == kMissing || second == kMissing) continue;
    const float dx = peaks.x[first] - peaks.x[second];
    const float dy = peaks.y[first] - peaks.y[second];
    sum += std::exp(-(dx * dx + dy * dy) / (2 * squared_size * skeleton.tolerances[k]));
    ++common;
  }
  return common == 0 ? 0 : sum / static_cast<float>(common);
}

}  // namespace

void select(const Skeleton& skeleton, const Peaks& peaks, const Options& options, const People& people,
            std::vector<Candidate>& selected) {
  selected.clear();
  for (int person = 0; person < people.size(); ++person) {
    const Slot* slots = people[person];
    const auto found = std::count_if(slots, slots + people.keypoints, [](const Slot& s) { return s.peak != kMissing; });
    if (found == 0 || found < options.min_keypoints) continue;
    const Candidate candidate = describe(skeleton, peaks, people, person);
    if (candidate.score >= options.min_score) selected.push_back(candidate);
  }
  std::sort(selected.begin(), selected.end(), [](const Candidate& a, const Candidate& b) {
    return a.score != b.score ? a.score > b.score : a.person < b.person;
  });
  auto kept = selected.begin();
  for (const Candidate& candidate : selected) {
    const bool again = std::any_of(selected.begin(), kept, [&](const Candidate& better) {
      return similarity(candidate, better, skeleton, peaks, people) > options.nms_threshold;
    });
    if (!again) *kept++ = candidate;
  }
  selected.erase(kept, selected.end());
}

}  // namespace trt_pose_ros
