#include "complete.hpp"

#include <algorithm>

#include "links.hpp"

namespace trt_pose_ros {
namespace {

bool less_urgent(const Extension& a, const Extension& b) {
  if (a.priority != b.priority) return a.priority < b.priority;
  if (a.person != b.person) return a.person > b.person;
  return a.peak > b.peak;
}

class Growth {
 public:
  Growth(const Channels& fields, const Skeleton& skeleton, const Peaks& peaks, const Options& options,
         std::vector<Extension>& heap, People& people)
      : fields_(fields), skeleton_(skeleton), peaks_(peaks), options_(options), heap_(heap), people_(people) {}

  void propose_from(int person, int keypoint) {
    for (const Link& link : skeleton_.links) {
      if (link.from != keypoint && link.to != keypoint) continue;
      const int other = link.from == keypoint ? link.to : link.from;
      if (people_[person][other].peak != kMissing) continue;
      const Peak& here = peaks_[people_[person][keypoint].peak];
      for (int peak = peaks_.begin[other]; peak < peaks_.begin[other + 1]; ++peak) {
        if (people_.owner[peak] != kMissing) continue;
        const Peak& there = peaks_[peak];
        const bool forward = link.from == keypoint;
        const float score = link_score(fields_, link, forward ? here : there, forward ? there : here, options_);
        if (score > 0) push({score * there.score, score, person, keypoint, other, peak});
      }
    }
  }

  void grow() {
    while (!heap_.empty()) {
      const Extension best = pop();
      Slot& slot = people_[best.person][best.to];
      if (slot.peak != kMissing || people_.owner[best.peak] != kMissing) continue;
      slot = {best.peak, best.score};
      people_.owner[best.peak] = best.person;
      float& support = people_[best.person][best.from].support;
      support = std::max(support, best.score);
      propose_from(best.person, best.to);
    }
  }

 private:
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

  const Channels& fields_;
  const Skeleton& skeleton_;
  const Peaks& peaks_;
  const Options& options_;
  std::vector<Extension>& heap_;
  People& people_;
};

}  // namespace

void complete(const Channels& fields, const Skeleton& skeleton, const Peaks& peaks, const Options& options,
              std::vector<Extension>& heap, People& people) {
  heap.clear();
  Growth growth(fields, skeleton, peaks, options, heap, people);
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
