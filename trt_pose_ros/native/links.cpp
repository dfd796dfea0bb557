#include "links.hpp"

#include <algorithm>

namespace trt_pose_ros {
namespace {

struct Vector {
  float x;
  float y;
};

// (x, y) lies inside the map.
Vector read(const Plane& x_field, const Plane& y_field, float x, float y) {
  const int left = static_cast<int>(x);
  const int top = static_cast<int>(y);
  const int right = std::min(left + 1, x_field.width - 1);
  const int bottom = std::min(top + 1, x_field.height - 1);
  const float u = x - static_cast<float>(left);
  const float v = y - static_cast<float>(top);
  const auto blend = [&](const Plane& field) {
    const float upper = field.at(top, left) * (1 - u) + field.at(top, right) * u;
    const float lower = field.at(bottom, left) * (1 - u) + field.at(bottom, right) * u;
    return upper * (1 - v) + lower * v;
  };
  return {blend(x_field), blend(y_field)};
}

}  // namespace

float link_score(const Plane& x_field, const Plane& y_field, const Peak& from, const Peak& to, const Options& options) {
  const float dx = to.x - from.x;
  const float dy = to.y - from.y;
  const float length = std::sqrt(dx * dx + dy * dy);
  if (length < 1e-6f) return 0;  // no direction
  const int samples = options.link_samples;
  const float step = 1.0f / static_cast<float>(samples - 1);
  int may_disagree = samples - static_cast<int>(std::ceil(options.link_agreement * static_cast<float>(samples)));
  float sum = 0;
  for (int i = 0; i < samples; ++i) {
    const float t = static_cast<float>(i) * step;
    const Vector field = read(x_field, y_field, from.x + t * dx, from.y + t * dy);
    const float along = std::clamp((field.x * dx + field.y * dy) / length, -1.0f, 1.0f);
    if (!(along > options.sample_threshold) && --may_disagree < 0) return 0;
    sum += along;
  }
  return sum / static_cast<float>(samples);
}

void find_connections(const Channels& fields, const Skeleton& skeleton, const Peaks& peaks, const Options& options,
                      std::vector<Connection>& connections) {
  connections.clear();
  for (int index = 0; index < static_cast<int>(skeleton.links.size()); ++index) {
    const Link& link = skeleton.links[index];
    const Plane x_field = fields[link.x_channel];
    const Plane y_field = fields[link.y_channel];
    for (int from = peaks.begin[link.from]; from < peaks.strong_end[link.from]; ++from) {
      for (int to = peaks.begin[link.to]; to < peaks.strong_end[link.to]; ++to) {
        const float score = link_score(x_field, y_field, peaks.peaks[from], peaks.peaks[to], options);
        if (score > options.link_threshold) connections.push_back({score, index, from, to});
      }
    }
  }
  std::sort(connections.begin(), connections.end(), [](const Connection& a, const Connection& b) {
    if (a.score != b.score) return a.score > b.score;
    if (a.link != b.link) return a.link < b.link;
    if (a.from != b.from) return a.from < b.from;
    return a.to < b.to;
  });
}

}  // namespace trt_pose_ros
