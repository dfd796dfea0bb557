#include "select.hpp"

#include <algorithm>

namespace trt_pose_ros {
namespace {

const int* slots_of(const People& people, int person, int keypoints) {
  return people.slots.data() + static_cast<std::ptrdiff_t>(person) * keypoints;
}

// Object keypoint similarity as COCO defines it, over the keypoints that both have; the area is that of the box around
// the larger person's keypoints. 0 without a common keypoint.
float similarity(const int* a, const int* b, const Skeleton& skeleton, const Peaks& peaks) {
  const int keypoints = static_cast<int>(skeleton.keypoint_channels.size());
  const auto area = [&](const int* slots) {
    float left = INFINITY, top = INFINITY, right = -INFINITY, bottom = -INFINITY;
    for (int k = 0; k < keypoints; ++k) {
      if (slots[k] == kMissing) continue;
      const Peak& peak = peaks.peaks[slots[k]];
      left = std::min(left, peak.x), right = std::max(right, peak.x);
      top = std::min(top, peak.y), bottom = std::max(bottom, peak.y);
    }
    return (right - left) * (bottom - top);
  };
  const float size = std::max({area(a), area(b), 1.0f});
  float sum = 0;
  int common = 0;
  for (int k = 0; k < keypoints; ++k) {
    if (a[k] == kMissing || b[k] == kMissing) continue;
    const Peak& p = peaks.peaks[a[k]];
    const Peak& q = peaks.peaks[b[k]];
    const float distance = (p.x - q.x) * (p.x - q.x) + (p.y - q.y) * (p.y - q.y);
    const float spread = 2 * skeleton.sigmas[k];
    sum += std::exp(-distance / (2 * size * spread * spread));
    ++common;
  }
  return common == 0 ? 0 : sum / static_cast<float>(common);
}

}  // namespace

void select(const Skeleton& skeleton, const Peaks& peaks, const Options& options, SelectionWorkspace& workspace,
            People& people) {
  const int keypoints = static_cast<int>(skeleton.keypoint_channels.size());
  const int count = static_cast<int>(people.link_scores.size());
  auto& order = workspace.order;
  order.clear();
  people.scores.assign(count, 0);
  for (int person = 0; person < count; ++person) {
    const int* slots = slots_of(people, person, keypoints);
    int found = 0;
    float sum = 0;
    for (int k = 0; k < keypoints; ++k) {
      if (slots[k] == kMissing) continue;
      sum += peaks.peaks[slots[k]].score;
      ++found;
    }
    people.scores[person] = sum / static_cast<float>(keypoints);
    if (found >= options.min_keypoints && people.scores[person] >= options.min_score) order.push_back(person);
  }
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return people.scores[a] > people.scores[b]; });
  auto kept = order.begin();
  for (const int person : order) {
    const bool again = std::any_of(order.begin(), kept, [&](int better) {
      return similarity(slots_of(people, person, keypoints), slots_of(people, better, keypoints), skeleton, peaks) >
             options.nms_threshold;
    });
    if (!again) *kept++ = person;
  }
  order.erase(kept, order.end());
}

}  // namespace trt_pose_ros
