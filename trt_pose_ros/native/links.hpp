// Links: how much a part affinity field says that two peaks belong to one person (Cao et al., "Realtime Multi-Person 2D
// Pose Estimation using Part Affinity Fields", CVPR 2017, equation 10, and the agreement test of its implementations).
#pragma once

#include "types.hpp"

namespace trt_pose_ros {

// One link's part affinity field and what it takes to be held together by it.
class LinkField {
 public:
  LinkField(const Channels& fields, const Link& link, const Options& options);

  // The field as seen from the other end: vectors turned round.
  LinkField reversed() const;

  // A first look at the segments from one peak to `count` others, at the cells nearest to their middle and quarter
  // points: the mean of the field along the segment, 0 unless the middle and a quarter point exceed `link_threshold`.
  // Cheap, because nearly all pairs of peaks are wrong ones.
  void glance(const Peak& from, const float* to_x, const float* to_y, int count, float* glances) const;

  // The mean of the field along the segment from -> to, projected on its direction and read bilinearly at
  // `link_samples` points; 0 unless it and the share `link_agreement` of the points exceed `link_threshold`.
  float score(const Peak& from, const Peak& to) const;

 private:
  // The field at the cell nearest to from + t (dx, dy), times (dx, dy).
  float nearest(const Peak& from, float dx, float dy, float t) const;

  Plane x_;
  Plane y_;
  int samples_;
  int must_agree_;
  float threshold_;
  float sign_ = 1;
};

struct LinkScratch {
  std::vector<float> glances;
  std::vector<float> best_to;
  std::vector<int> kept;
};

// All connections between strong peaks, best first. Pairs that at a glance are less than half as good as a rival at one
// of their ends are left out.
void find_connections(const Channels& fields, const Skeleton& skeleton, const Peaks& peaks, const Options& options,
                      LinkScratch& scratch, std::vector<Connection>& connections);

}  // namespace trt_pose_ros
