// Where the joints of everybody in an image are, how large everybody is, and how far joints are from limbs.
#pragma once

#include <cstddef>
#include <vector>

namespace trt_pose_ros::events {

// Places of joints: coordinates x rows x people, NaN where unknown.
struct Table {
  const double* data;
  int coordinates, rows, people;

  const double* at(int coordinate, int row) const {
    return data + (static_cast<std::size_t>(coordinate) * rows + row) * people;
  }
};

// The rows of a table: the keypoints at `places`, means of those that have a weight, and one that is nowhere. A
// keypoint is known by its pixels and score in `seen` (x, y, score).
void locate(const Table& places, const Table& seen, const double* weights, int means, double min_score,
            double farthest, double* made);

// Limbs of a body in pairs, of its left and its right side, by which its size is seen.
struct Build {
  std::vector<int> starts, ends;
  std::vector<double> relative;  // length of each, relative to the size
  int limbs;                     // so many pairs tell the size; the others do where none of those is seen
  double smallest;               // pixels; what is smaller is noise
};

// Sizes in pixels as this image shows them: `before` (NaN where unknown) becomes that, mixed in by `share`.
void settle_sizes(const Table& points, const Build& build, double share, double* sizes);

// A joint and a limb, or a joint that is one without length, of A or of B.
struct Reach {
  int joint, start, end;
  bool joint_of_b, limb_of_b;
};

// Distances of joints from limbs relative to sizes, of two people the larger one that is known: reaches x people, or
// x people x people with A before B.
void distances(const Table& table, const double* sizes, const std::vector<Reach>& reaches, bool of_pairs,
               double* made);

}  // namespace trt_pose_ros::events
