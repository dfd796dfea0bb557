#include "assembly.hpp"

#include <algorithm>

namespace trt_pose_ros {
namespace {

class Assembly {
 public:
  explicit Assembly(People& people) : people_(people) {}

  void connect(const Connection& connection, const Link& link) {
    int person = people_.owner[connection.from];
    int other = people_.owner[connection.to];
    if (person == kMissing && other == kMissing) {
      person = start();
      give(person, link.from, connection.from);
      give(person, link.to, connection.to);
    } else if (other == kMissing) {
      if (people_[person][link.to].peak != kMissing) return;
      give(person, link.to, connection.to);
    } else if (person == kMissing) {
      if (people_[other][link.from].peak != kMissing) return;
      give(other, link.from, connection.from);
      person = other;
    } else if (person != other) {
      if (contradict(person, other)) return;
      join(person, other);
    }
    support(person, link.from, connection.score);
    support(person, link.to, connection.score);
  }

  // If `peak` belongs to somebody who has another `other_keypoint`, the owner of `other_peak` may share it.
  void share(float score, int peak, int keypoint, int other_peak, int other_keypoint) {
    const int holder = people_.owner[peak];
    const int person = people_.owner[other_peak];
    if (holder == kMissing || person == kMissing || holder == person) return;
    if (people_[person][keypoint].peak != kMissing || people_[holder][other_keypoint].peak == kMissing) return;
    for (int piece = 0; piece < people_.size(); ++piece) {
      const bool sharer = piece != holder && piece != person && people_[piece][keypoint].peak == peak;
      if (sharer && !contradict(piece, person)) {
        join(person, piece);
        break;
      }
    }
    people_[person][keypoint].peak = peak;
    support(person, keypoint, score);
    support(person, other_keypoint, score);
  }

  int start() {
    people_.slots.resize(people_.slots.size() + people_.keypoints);
    return people_.size() - 1;
  }

  void give(int person, int keypoint, int peak) {
    people_[person][keypoint].peak = peak;
    people_.owner[peak] = person;
  }

 private:
  void support(int person, int keypoint, float score) {
    float& best = people_[person][keypoint].support;
    best = std::max(best, score);
  }

  bool contradict(int person, int other) const {
    for (int k = 0; k < people_.keypoints; ++k) {
      if (people_[person][k].peak != kMissing && people_[other][k].peak != kMissing) return true;
    }
    return false;
  }

  void join(int person, int other) {
    for (int k = 0; k < people_.keypoints; ++k) {
      Slot& slot = people_[other][k];
      if (slot.peak == kMissing) continue;
      if (people_.owner[slot.peak] == other) people_.owner[slot.peak] = person;
      people_[person][k] = slot;
      slot = Slot{};
    }
  }

  People& people_;
};

}  // namespace

void assemble(const std::vector<Connection>& connections, const Skeleton& skeleton, const Peaks& peaks,
              const Options& options, People& people) {
  people.keypoints = skeleton.size();
  people.slots.clear();
  people.owner.assign(peaks.size(), kMissing);
  Assembly assembly(people);
  for (const Connection& connection : connections) assembly.connect(connection, skeleton.links[connection.link]);
  for (const Connection& connection : connections) {
    if (connection.score < options.share_threshold) break;
    const Link& link = skeleton.links[connection.link];
    assembly.share(connection.score, connection.from, link.from, connection.to, link.to);
    assembly.share(connection.score, connection.to, link.to, connection.from, link.from);
  }
  if (options.min_keypoints > 1) return;
  for (int k = 0; k < people.keypoints; ++k) {
    for (int peak = peaks.begin[k]; peak < peaks.strong_end[k]; ++peak) {
      if (people.owner[peak] == kMissing) assembly.give(assembly.start(), k, peak);
    }
  }
}

}  // namespace trt_pose_ros
