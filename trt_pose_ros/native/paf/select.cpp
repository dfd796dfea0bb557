#include "select.hpp"

#include <algorithm>

namespace trt_pose_ros {
namespace {

// Body area over the squared diagonal of its keypoints' box, about what COCO's people have. The diagonal, not the box:
// the box of somebody upright with hanging arms has hardly any width.
constexpr float kAreaOfDiagonal = 0.3f;
constexpr float kSquaredError = 1.0f;  // of a keypoint, in cells; AP is flat from half to twice of it
constexpr float kEven = 0.042f;  // expected similarity from which a person is rather right than wrong

// COCO's constant k_i of a keypoint, squared.
float squared_falloff(float sigma) { return 4 * sigma * sigma; }

// What the people's links cannot support, because the skeleton has none at this keypoint, needs no support.
bool linked(const Skeleton& skeleton, int keypoint) {
  return std::any_of(skeleton.links.begin(), skeleton.links.end(),
                     [&](const Link& link) { return link.from == keypoint || link.to == keypoint; });
}

// From the similarity (OKS) that a person's keypoints may be expected to have, the chance that it exceeds 0.5: what a
// user can set a threshold on. A logistic curve of its logarithm, fitted to the people found in COCO pictures; it rises,
// so the ranking stays.
float chance(float expected) {
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
  result.area = std::max(kAreaOfDiagonal * (width * width + height * height), 1.0f);
  float sum = 0;
  for (int k = 0; k < people.keypoints; ++k) {
    if (slots[k].peak == kMissing) continue;
    const float spread = result.area * squared_falloff(skeleton.sigmas[k]);
    const float support = linked(skeleton, k) ? slots[k].support : 1.0f;
    sum += peaks.score[slots[k].peak] * support * spread / (spread + kSquaredError);
  }
  result.score = chance(sum / static_cast<float>(people.keypoints));
  return result;
}

// COCO's object keypoint similarity over the keypoints that both have, at the larger one's area; 0 without any.
float similarity(const Candidate& a, const Candidate& b, const Skeleton& skeleton, const Peaks& peaks,
                 const People& people) {
  if (a.right < b.left || b.right < a.left || a.bottom < b.top || b.bottom < a.top) return 0;
  const float area = std::max(a.area, b.area);
  float sum = 0;
  int common = 0;
  for (int k = 0; k < people.keypoints; ++k) {
    const int first = people[a.person][k].peak;
    const int second = people[b.person][k].peak;
    if (first == kMissing || second == kMissing) continue;
    const float dx = peaks.x[first] - peaks.x[second];
    const float dy = peaks.y[first] - peaks.y[second];
    sum += std::exp(-(dx * dx + dy * dy) / (2 * area * squared_falloff(skeleton.sigmas[k])));
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
