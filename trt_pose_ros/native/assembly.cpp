#include "assembly.hpp"

#include <algorithm>

namespace trt_pose_ros {
namespace {

class Assembly {
 public:
  Assembly(int keypoints, std::vector<int>& owner, People& people)
      : keypoints_(keypoints), owner_(owner), people_(people) {}

  void connect(const Connection& connection, const Link& link) {
    int first = owner_[connection.from];
    int second = owner_[connection.to];
    if (first == kMissing && second == kMissing) {
      first = start();
      give(first, link.from, connection.from);
      give(first, link.to, connection.to);
    } else if (second == kMissing) {
      if (slots(first)[link.to] != kMissing) return;
      give(first, link.to, connection.to);
    } else if (first == kMissing) {
      first = second;
      if (slots(first)[link.from] != kMissing) return;
      give(first, link.from, connection.from);
    } else if (first != second) {
      if (overlap(first, second)) return;
      join(first, second);
    }
    people_.link_scores[first] += connection.score;
  }

 private:
  int* slots(int person) { return people_.slots.data() + static_cast<std::ptrdiff_t>(person) * keypoints_; }

  int start() {
    people_.slots.resize(people_.slots.size() + keypoints_, kMissing);
    people_.link_scores.push_back(0);
    return static_cast<int>(people_.link_scores.size()) - 1;
  }

  void give(int person, int keypoint, int peak) {
    slots(person)[keypoint] = peak;
    owner_[peak] = person;
  }

  bool overlap(int first, int second) {
    const int* a = slots(first);
    const int* b = slots(second);
    for (int k = 0; k < keypoints_; ++k) {
      if (a[k] != kMissing && b[k] != kMissing) return true;
    }
    return false;
  }

  void join(int first, int second) {
    for (int k = 0; k < keypoints_; ++k) {
      int& peak = slots(second)[k];
      if (peak == kMissing) continue;
      give(first, k, peak);
      peak = kMissing;
    }
    people_.link_scores[first] += people_.link_scores[second];
    people_.link_scores[second] = 0;
  }

  int keypoints_;
  std::vector<int>& owner_;
  People& people_;
};

}  // namespace

void assemble(const std::vector<Connection>& connections, const Skeleton& skeleton, const Peaks& peaks,
              AssemblyWorkspace& workspace, People& people) {
  people.slots.clear();
  people.link_scores.clear();
  workspace.owner.assign(peaks.peaks.size(), kMissing);
  Assembly assembly(static_cast<int>(skeleton.keypoint_channels.size()), workspace.owner, people);
  for (const Connection& connection : connections) assembly.connect(connection, skeleton.links[connection.link]);
}

}  // namespace trt_pose_ros
