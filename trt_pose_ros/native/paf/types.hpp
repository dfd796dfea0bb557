// The values that the decoder's stages hand to each other. No Python here.
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

namespace trt_pose_ros {

// One channel of a map: `height` rows of `width` cells without gaps. Cells that are NaN or infinite count as 0.
struct Plane {
  const float* cells;
  int height;
  int width;

  const float* row(int index) const { return cells + static_cast<std::ptrdiff_t>(index) * width; }

  float at(int row_index, int column) const {
    const float value = row(row_index)[column];
    return std::isfinite(value) ? value : 0.0f;
  }
};

// Several channels of the same size; the step from one to the next is free, rows are without gaps.
struct Channels {
  const float* cells;
  std::ptrdiff_t step;
  int height;
  int width;

  Plane operator[](int channel) const { return {cells + channel * step, height, width}; }
};

// A link between two keypoints and the channels of its part affinity field, whose vectors point along from -> to.
struct Link {
  int from;
  int to;
  int x_channel;
  int y_channel;
};

struct Skeleton {
  std::vector<int> keypoint_channels;  // one a keypoint
  std::vector<Link> links;
  // One a keypoint: the variance that object keypoint similarity allows it, over the squared body size, which is the
  // diagonal of the box around a person's keypoints.
  std::vector<float> tolerances;

  int size() const { return static_cast<int>(keypoint_channels.size()); }
};

// What they do: DecoderOptions in Python.
struct Options {
  float peak_threshold;
  float weak_peak_threshold;
  int max_peaks;
  int link_samples;
  float link_threshold;
  float link_agreement;
  float share_threshold;
  int min_keypoints;
  float min_score;
  float nms_threshold;
  int threads;
};

struct Peak {
  float x;
  float y;
  float score;
};

// All peaks of one image: those of keypoint k are number begin[k] to begin[k + 1] - 1. The strong ones, which may start
// a person, come first, strongest first, and are those before strong_end[k]. Coordinates apart, so that loops over
// peaks can use SIMD.
struct Peaks {
  std::vector<float> x;
  std::vector<float> y;
  std::vector<float> score;
  std::vector<int> begin;
  std::vector<int> strong_end;

  int size() const { return static_cast<int>(x.size()); }
  Peak operator[](int index) const { return {x[index], y[index], score[index]}; }
};

// Two peaks (indices into Peaks) that the field of a link (index into Skeleton::links) holds together.
struct Connection {
  float score;
  int link;
  int from;
  int to;
};

constexpr int kMissing = -1;

// A person's keypoint: its peak, or kMissing, and the score of the strongest connection that holds it there.
struct Slot {
  int peak = kMissing;
  float support = 0;
};

// The people of one image, each `keypoints` slots.
struct People {
  int keypoints = 0;
  std::vector<Slot> slots;
  std::vector<int> owner;  // of each peak: the person it was first given to, or kMissing

  int size() const { return static_cast<int>(slots.size()) / keypoints; }
  Slot* operator[](int person) { return slots.data() + static_cast<std::ptrdiff_t>(person) * keypoints; }
  const Slot* operator[](int person) const { return slots.data() + static_cast<std::ptrdiff_t>(person) * keypoints; }
};

}  // namespace trt_pose_ros
