#include "peaks.hpp"

#include <algorithm>

#include "refine.hpp"

namespace trt_pose_ros {
namespace {

constexpr int kBlock = 16;

// Whether any of `count` cells reaches the threshold. Written so that compilers make SIMD of it: nearly all blocks of a
// heatmap are empty, so this line is where peak finding spends its time.
bool any_reaches(const float* cells, int count, float threshold) {
  int reached = 0;
  for (int i = 0; i < count; ++i) reached |= cells[i] >= threshold;
  return reached != 0;
}

// Of equal neighbours the first in reading order is the peak, so a plateau of two cells gives one peak.
bool is_peak(const Plane& map, int row, int column, float value) {
  for (int r = std::max(row - 1, 0); r <= std::min(row + 1, map.height - 1); ++r) {
    for (int c = std::max(column - 1, 0); c <= std::min(column + 1, map.width - 1); ++c) {
      const bool earlier = r < row || (r == row && c < column);
      const float neighbour = map.at(r, c);
      if (neighbour > value || (earlier && neighbour == value)) return false;
    }
  }
  return true;
}

void find_in_map(const Plane& map, float threshold, std::vector<Peak>& peaks) {
  for (int row = 0; row < map.height; ++row) {
    const float* cells = map.cells + static_cast<std::ptrdiff_t>(row) * map.width;
    for (int block = 0; block < map.width; block += kBlock) {
      const int count = std::min(kBlock, map.width - block);
      if (!any_reaches(cells + block, count, threshold)) continue;
      for (int column = block; column < block + count; ++column) {
        const float value = cells[column];
        if (value >= threshold && std::isfinite(value) && is_peak(map, row, column, value)) {
          peaks.push_back(refined_peak(map, row, column));
        }
      }
    }
  }
}

}  // namespace

void find_peaks(const Channels& heatmaps, const Skeleton& skeleton, const Options& options, Peaks& result) {
  auto& peaks = result.peaks;
  peaks.clear();
  result.begin.clear();
  result.strong_end.clear();
  for (const int channel : skeleton.keypoint_channels) {
    const auto begin = static_cast<std::ptrdiff_t>(peaks.size());
    find_in_map(heatmaps[channel], options.weak_peak_threshold, peaks);
    std::stable_sort(peaks.begin() + begin, peaks.end(), [](const Peak& a, const Peak& b) { return a.score > b.score; });
    if (static_cast<std::ptrdiff_t>(peaks.size()) - begin > options.max_peaks) peaks.resize(begin + options.max_peaks);
    const auto weak = std::find_if(peaks.begin() + begin, peaks.end(),
                                   [&](const Peak& peak) { return peak.score < options.peak_threshold; });
    result.begin.push_back(static_cast<int>(begin));
    result.strong_end.push_back(static_cast<int>(weak - peaks.begin()));
  }
  result.begin.push_back(static_cast<int>(peaks.size()));
}

}  // namespace trt_pose_ros
