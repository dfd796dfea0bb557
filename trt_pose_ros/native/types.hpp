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

  float at(int row, int column) const {
    const float value = cells[static_cast<std::ptrdiff_t>(row) * width + column];
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

// A link's part affinity field: its vectors point from the keypoint `from` to the keypoint `to`.
struct Link {
  int from;
  int to;
  int x_channel;
  int y_channel;
};

struct Skeleton {
  std::vector<int> keypoint_channels;  // one a keypoint
  std::vector<Link> links;
  std::vector<float> sigmas;  // of the object keypoint similarity, one a keypoint
};

// Effects and ranges: DecoderOptions in decode.py, which checks them.
struct Options {
  float peak_threshold;
  float weak_peak_threshold;
  int max_peaks;
  int link_samples;
  float link_threshold;
  float sample_threshold;
  float link_agreement;
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

// All peaks of one image: those of keypoint k are peaks[begin[k]] .. peaks[begin[k + 1]], strongest first;
// from strong_end[k] on they are weak.
struct Peaks {
  std::vector<Peak> peaks;
  std::vector<int> begin;
  std::vector<int> strong_end;
};

// A link between two peaks (indices into Peaks::peaks) that its field supports.
struct Connection {
  float score;
  int link;
  int from;
  int to;
};

constexpr int kMissing = -1;

// The people of one image: person p's keypoint k is the peak slots[p * K + k], or kMissing.
struct People {
  std::vector<int> slots;
  std::vector<float> link_scores;  // sum over each person's links
  std::vector<float> scores;
};

}  // namespace trt_pose_ros
