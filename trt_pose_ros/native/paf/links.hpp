// Links: how much a part affinity field says that two peaks belong to one person (Cao et al., "Realtime Multi-Person 2D
// Pose Estimation using Part Affinity Fields", CVPR 2017, equation 10, and the agreement test of its implementations).
#pragma once

#include "types.hpp"

namespace trt_pose_ros {

// From one peak to another.
struct Segment {
  float x, y;
  float dx, dy;
};

// A peak that may be linked to another one: its index among the peaks looked at, and a rough mean of the field between.
struct Glance {
  int index;
  float value;
};

// One link's part affinity field and what it takes to be held together by it.
class LinkField {
 public:
  LinkField(const Channels& fields, const Link& link, const Options& options);

  // The field as seen from the other end: vectors turned round.
  LinkField reversed() const;

  // A rough look at the segments from one peak to `count` others: reads the cells nearest to the points at one, two and
  // three quarters of the way. Appends the segments where the middle and another point exceed `link_threshold`. It has
  // to be cheap, because nearly all pairs of peaks are wrong.
  void glance(const Peak& from, const float* to_x, const float* to_y, int count, std::vector<Glance>& glances) const;

  // For each segment the mean of the field along it, projected on its direction and read bilinearly at `link_samples`
  // points; 0 unless it and the share `link_agreement` of the points exceed `link_threshold`.
  void score(const std::vector<Segment>& segments, std::vector<float>& scores) const;

 private:
  Plane x_;
  Plane y_;
  int samples_;
  int must_agree_;
  float threshold_;
  float sign_ = 1;
};

// The glances from one peak: those from the end of the row before to `end`.
struct GlanceRow {
  int from;
  float best;
  std::size_t end;
};

struct LinkScratch {
  std::vector<Glance> glances;
  std::vector<GlanceRow> rows;
  std::vector<float> best_to;
  std::vector<Connection> pairs;
  std::vector<Segment> segments;
  std::vector<float> scores;
  std::vector<Connection> sorted;
};

// Finds all connections between strong peaks, best first; equal ones in the order of link, from and to. A pair is left
// out if another pair with the same peak at one end looks more than twice as good at a glance.
void find_connections(const Channels& fields, const Skeleton& skeleton, const Peaks& peaks, const Options& options,
                      LinkScratch& scratch, std::vector<Connection>& connections);

}  // namespace trt_pose_ros
