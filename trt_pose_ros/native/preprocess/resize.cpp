#include "resize.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "../simd.hpp"
#include "rows.hpp"

namespace trt_pose_ros {
namespace {

// Mixes two rows, by channel, and writes them by pixel.
TRT_POSE_ROS_SIMD
void blend(const float* __restrict top_0, const float* __restrict top_1, const float* __restrict top_2,
           const float* __restrict bottom_0, const float* __restrict bottom_1, const float* __restrict bottom_2,
           float weight, int count, std::uint8_t* __restrict result) {
  const auto level = [weight](float top, float bottom) {
    return static_cast<std::uint8_t>(static_cast<int>(top + (bottom - top) * weight + 0.5f));
  };
  for (int i = 0; i < count; ++i) {
    result[3 * i] = level(top_0[i], bottom_0[i]);
    result[3 * i + 1] = level(top_1[i], bottom_1[i]);
    result[3 * i + 2] = level(top_2[i], bottom_2[i]);
  }
}

}  // namespace

void resize(const Image& image, const Canvas& canvas, const Fit& fit) {
  const Taps columns(image.width, fit.width);
  const Taps rows(image.height, fit.height);
  RowReader reader(image, columns, fit.rgb);
  std::vector<std::uint8_t> padding(3 * static_cast<std::size_t>(canvas.width));
  for (std::size_t i = 0; i < padding.size(); ++i) padding[i] = fit.pad[i % 3];
  // The last two rows read: neighbouring rows of an enlarged image are made of the same ones.
  struct Row {
    int index = -1;
    ResizedRow levels;
  };
  Row first, second;
  const auto read = [&](Row& row, int index) {
    if (row.index == index) return;
    reader.read(index, row.levels);
    row.index = index;
  };
  for (int y = 0; y < fit.height; ++y) {
    if (second.index == rows.first[y]) std::swap(first, second);
    read(first, rows.first[y]);
    if (rows.second[y] != rows.first[y]) read(second, rows.second[y]);
    const auto& top = first.levels.channels;
    const auto& bottom = rows.second[y] == rows.first[y] ? top : second.levels.channels;
    blend(top[0].data(), top[1].data(), top[2].data(), bottom[0].data(), bottom[1].data(), bottom[2].data(),
          rows.weight[y], fit.width, canvas.row(y));
    std::copy(padding.begin() + 3 * fit.width, padding.end(), canvas.row(y) + 3 * fit.width);
  }
  for (int y = fit.height; y < canvas.height; ++y) std::copy(padding.begin(), padding.end(), canvas.row(y));
}

}  // namespace trt_pose_ros
