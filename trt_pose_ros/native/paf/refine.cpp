#include "refine.hpp"

#include <algorithm>

namespace trt_pose_ros {
namespace {

constexpr float kFloor = 1e-3f;  // heatmaps dip below zero, where there is no logarithm

// Standard deviation in cells of the narrowest Gaussian that networks are trained on: 7 input pixels at stride 8, in
// OpenPose and its family. trt_pose's is about 1 cell; the peaks that OpenVINO's human-pose-estimation-0001 puts out
// have a median of 0.95.
constexpr float kNarrowest = 0.875f;

struct Top {
  float offset;  // in cells, from the middle one
  float gain;    // how much higher than the middle one, as a logarithm
};

Top top_of_three(float before, float middle, float after) {
  const float b = std::log(std::max(before, kFloor));
  const float m = std::log(std::max(middle, kFloor));
  const float a = std::log(std::max(after, kFloor));
  const float curvature = 2 * m - b - a;  // 1 / variance
  if (!(curvature > 0)) return {0, 0};
  const float offset = std::clamp(0.5f * (a - b) / curvature, -0.5f, 0.5f);
  return {offset, 0.5f * offset * offset * std::min(curvature, 1 / (kNarrowest * kNarrowest))};
}

}  // namespace

Peak refined(const Plane& map, const Peak& cell) {
  const int row = static_cast<int>(cell.y);
  const int column = static_cast<int>(cell.x);
  const float value = cell.score;
  Top x{0, 0};
  Top y{0, 0};
  if (column > 0 && column < map.width - 1) x = top_of_three(map.at(row, column - 1), value, map.at(row, column + 1));
  if (row > 0 && row < map.height - 1) y = top_of_three(map.at(row - 1, column), value, map.at(row + 1, column));
  const float score = std::min(value * std::exp(x.gain + y.gain), 1.0f);
  return {cell.x + x.offset, cell.y + y.offset, score};
}

}  // namespace trt_pose_ros
