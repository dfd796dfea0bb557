#include "complete.hpp"

#include <algorithm>

#include "links.hpp"
#include "refine.hpp"

namespace trt_pose_ros {
namespace {

bool less_urgent(const Extension& a, const Extension& b) {
  if (a.priority != b.priority) return a.priority < b.priority;
  if (a.person != b.person) return a.person > b.person;
  return a.peak > b.peak;
}

class Growth {
 public:
  Growth(const Channels& heatmaps, const Channels& fields, const Skeleton& skeleton, const Options& options,
         CompletionScratch& scratch, Peaks& peaks, People& people)
      : heatmaps_(heatmaps),
        fields_(fields),
        skeleton_(skeleton),
        options_(options),
        scratch_(scratch),
        heap_(scratch.heap),
        peaks_(peaks),
        people_(people) {}

  void propose_from(int person, int keypoint) {
    const Peak here = peaks_[people_[person][keypoint].peak];
    for (const Link& link : skeleton_.links) {
      if (link.from == keypoint && people_[person][link.to].peak == kMissing) {
        propose(person, here, keypoint, link.to, LinkField(fields_, link, options_));
      } else if (link.to == keypoint && people_[person][link.from].peak == kMissing) {
        propose(person, here, keypoint, link.from, LinkField(fields_, link, options_).reversed());
      }
    }
  }

  void grow() {
    while (!heap_.empty()) {
      const Extension best = pop();
      Slot& slot = people_[best.person][best.to];
      if (slot.peak != kMissing || people_.owner[best.peak] != kMissing) continue;
      slot = {best.peak, best.score};
      if (best.peak >= peaks_.strong_end[best.to]) refine(best.peak, best.to);
      people_.owner[best.peak] = best.person;
      float& support = people_[best.person][best.from].support;
      support = std::max(support, best.score);
      propose_from(best.person, best.to);
    }
  }

 private:
  void propose(int person, const Peak& here, int keypoint, int missing, const LinkField& field) {
    const int begin = peaks_.begin[missing];
    const int count = peaks_.begin[missing + 1] - begin;
    scratch_.glances.clear();
    field.glance(here, peaks_.x.data() + begin, peaks_.y.data() + begin, count, scratch_.glances);
    scratch_.found.clear();
    scratch_.segments.clear();
    for (const Glance& glance : scratch_.glances) {
      const int peak = begin + glance.index;
      if (people_.owner[peak] != kMissing) continue;
      scratch_.found.push_back(peak);
      scratch_.segments.push_back({here.x, here.y, peaks_.x[peak] - here.x, peaks_.y[peak] - here.y});
    }
    field.score(scratch_.segments, scratch_.scores);
    for (std::size_t i = 0; i < scratch_.found.size(); ++i) {
      const int peak = scratch_.found[i];
      const float score = scratch_.scores[i];
      if (score > 0) push({score * peaks_.score[peak], score, person, keypoint, missing, peak});
    }
  }

  void refine(int peak, int keypoint) {
    const Peak better = refined(heatmaps_[skeleton_.keypoint_channels[keypoint]], peaks_[peak]);
    peaks_.x[peak] = better.x;
    peaks_.y[peak] = better.y;
    peaks_.score[peak] = better.score;
  }

  void push(const Extension& extension) {
    heap_.push_back(extension);
    std::push_heap(heap_.begin(), heap_.end(), less_urgent);
  }

  Extension pop() {
    std::pop_heap(heap_.begin(), heap_.end(), less_urgent);
    const Extension best = heap_.back();
    heap_.pop_back();
    return best;
  }

  const Channels& heatmaps_;
  const Channels& fields_;
  const Skeleton& skeleton_;
  const Options& options_;
  CompletionScratch& scratch_;
  std::vector<Extension>& heap_;
  Peaks& peaks_;
  People& people_;
};

}  // namespace

void complete(const Channels& heatmaps, const Channels& fields, const Skeleton& skeleton, const Options& options,
              CompletionScratch& scratch, Peaks& peaks, People& people) {
  scratch.heap.clear();
  Growth growth(heatmaps, fields, skeleton, options, scratch, peaks, people);
  for (int person = 0; person < people.size(); ++person) {
    const Slot* slots = people[person];
    const auto found = std::count_if(slots, slots + people.keypoints, [](const Slot& s) { return s.peak != kMissing; });
    if (found < options.min_keypoints) continue;
    for (int k = 0; k < people.keypoints; ++k) {
      if (slots[k].peak != kMissing) growth.propose_from(person, k);
    }
  }
  growth.grow();
}

}  // namespace trt_pose_ros
