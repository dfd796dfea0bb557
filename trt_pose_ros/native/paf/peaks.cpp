#include "peaks.hpp"

#include <algorithm>
#include <limits>

#include "refine.hpp"
#include "../simd.hpp"

namespace trt_pose_ros {
namespace {

constexpr int kBlock = 16;

// Nearly all of a heatmap is empty, so finding peaks spends its time here: one comparison a cell. Compilers make SIMD
// of it, because the number of cells is fixed and nothing branches.
bool any_reaches(const float* cells, float threshold) {
  int reached = 0;
  for (int i = 0; i < kBlock; ++i) reached |= cells[i] >= threshold;
  return reached != 0;
}

// Whether `value` may be a peak beside a neighbour: one that is read earlier must be lower, one that is read later must
// not be higher. So a plateau gives one peak. NaN and infinity count as 0.
int below(float neighbour, float value) {
  return int{!(neighbour >= value)} | int{neighbour > std::numeric_limits<float>::max()};
}
int not_above(float neighbour, float value) {
  return int{!(neighbour > value)} | int{neighbour > std::numeric_limits<float>::max()};
}

bool is_peak(const Plane& map, int row, int column, float threshold) {
  const float value = map.at(row, column);
  if (!(value >= threshold)) return false;
  for (int r = std::max(row - 1, 0); r <= std::min(row + 1, map.height - 1); ++r) {
    for (int c = std::max(column - 1, 0); c <= std::min(column + 1, map.width - 1); ++c) {
      const bool earlier = r < row || (r == row && c < column);
      const float neighbour = map.row(r)[c];
      if (!(earlier ? below(neighbour, value) : not_above(neighbour, value))) return false;
    }
  }
  return true;
}

// The same test for a block of cells whose neighbours are all inside the map, written for SIMD like any_reaches.
TRT_POSE_ROS_SIMD
void mark_peaks(const Plane& map, int row, int column, float threshold, int (&marks)[kBlock]) {
  const float* above = map.row(row - 1) + column;
  const float* here = map.row(row) + column;
  const float* under = map.row(row + 1) + column;
  for (int i = 0; i < kBlock; ++i) {
    const float value = here[i];
    marks[i] = int{value >= threshold} & int{value <= std::numeric_limits<float>::max()} & below(above[i - 1], value) &
               below(above[i], value) & below(above[i + 1], value) & below(here[i - 1], value) &
               not_above(here[i + 1], value) & not_above(under[i - 1], value) & not_above(under[i], value) &
               not_above(under[i + 1], value);
  }
}

void find_in_map(const Plane& map, float threshold, std::vector<Peak>& found) {
  const auto keep = [&](int row, int column) {
    found.push_back({static_cast<float>(column), static_cast<float>(row), map.row(row)[column]});
  };
  const auto find_singly = [&](int row, int begin, int end) {
    for (int column = begin; column < end; ++column) {
      if (is_peak(map, row, column, threshold)) keep(row, column);
    }
  };
  const int last = map.width - 1;  // the first and the last column have no neighbours on one side
  int marks[kBlock], columns[kBlock];
  for (int row = 0; row < map.height; ++row) {
    if (row == 0 || row == map.height - 1 || last <= kBlock) {
      find_singly(row, 0, map.width);
      continue;
    }
    find_singly(row, 0, 1);
    for (int column = 1; column < last; column += kBlock) {
      const int block = std::min(column, last - kBlock);  // the last block overlaps the one before
      if (!any_reaches(map.row(row) + block, threshold)) continue;
      mark_peaks(map, row, block, threshold, marks);
      int count = 0;
      for (int i = column - block; i < kBlock; ++i) {  // without branches: in noise, which are peaks is hard to predict
        columns[count] = block + i;
        count += marks[i];
      }
      std::for_each(columns, columns + count, [&](int peak) { keep(row, peak); });
    }
    find_singly(row, last, map.width);
  }
}

bool stronger(const Peak& a, const Peak& b) {
  if (a.score != b.score) return a.score > b.score;
  if (a.y != b.y) return a.y < b.y;
  return a.x < b.x;
}

}  // namespace

void find_peaks(const Channels& heatmaps, const Skeleton& skeleton, const Options& options, std::vector<Peak>& found,
                Peaks& peaks) {
  for (auto* values : {&peaks.x, &peaks.y, &peaks.score}) values->clear();
  peaks.begin.clear();
  peaks.strong_end.clear();
  const float threshold = std::min(options.weak_peak_threshold, options.peak_threshold);
  for (const int channel : skeleton.keypoint_channels) {
    const Plane map = heatmaps[channel];
    found.clear();
    find_in_map(map, threshold, found);
    if (static_cast<int>(found.size()) > options.max_peaks) {
      std::nth_element(found.begin(), found.begin() + options.max_peaks, found.end(), stronger);
      found.resize(options.max_peaks);
    }
    const auto weak =
        std::partition(found.begin(), found.end(), [&](const Peak& p) { return p.score >= options.peak_threshold; });
    std::sort(found.begin(), weak, stronger);
    std::for_each(found.begin(), weak, [&](Peak& peak) { peak = refined(map, peak); });
    peaks.begin.push_back(peaks.size());
    peaks.strong_end.push_back(peaks.size() + static_cast<int>(weak - found.begin()));
    for (const Peak& peak : found) {
      peaks.x.push_back(peak.x);
      peaks.y.push_back(peak.y);
      peaks.score.push_back(peak.score);
    }
  }
  peaks.begin.push_back(peaks.size());
}

}  // namespace trt_pose_ros
