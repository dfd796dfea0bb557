#include "links.hpp"

#include <algorithm>

namespace trt_pose_ros {
namespace {

// A place between the cells of a map, inside of it.
class Place {
 public:
  Place(const Plane& map, float x, float y) {
    left_ = static_cast<int>(x);
    top_ = static_cast<int>(y);
    right_ = std::min(left_ + 1, map.width - 1);
    bottom_ = std::min(top_ + 1, map.height - 1);
    u_ = x - static_cast<float>(left_);
    v_ = y - static_cast<float>(top_);
  }

  // Bilinear. Cells that are not finite are rare, so they are looked for only where the result isn't.
  float read(const Plane& map) const {
    const float* upper = map.row(top_);
    const float* lower = map.row(bottom_);
    const float value = blend(upper[left_], upper[right_], lower[left_], lower[right_]);
    if (std::isfinite(value)) return value;
    const float again = blend(map.at(top_, left_), map.at(top_, right_), map.at(bottom_, left_), map.at(bottom_, right_));
    return std::isfinite(again) ? again : 0.0f;
  }

 private:
  float blend(float top_left, float top_right, float bottom_left, float bottom_right) const {
    const float top = top_left + u_ * (top_right - top_left);
    const float bottom = bottom_left + u_ * (bottom_right - bottom_left);
    return top + v_ * (bottom - top);
  }

  int left_, top_, right_, bottom_;
  float u_, v_;
};

}  // namespace

float link_score(const Channels& fields, const Link& link, const Peak& from, const Peak& to, const Options& options) {
  const float dx = to.x - from.x;
  const float dy = to.y - from.y;
  const float length = std::sqrt(dx * dx + dy * dy);
  if (length < 1e-6f) return 0;  // no direction
  const Plane x_field = fields[link.x_channel];
  const Plane y_field = fields[link.y_channel];
  const int samples = options.link_samples;
  const float step = 1.0f / static_cast<float>(samples - 1);
  int may_disagree = samples - static_cast<int>(std::ceil(options.link_agreement * static_cast<float>(samples)));
  float sum = 0;
  for (int i = 0; i < samples; ++i) {
    const float t = static_cast<float>(i) * step;
    const Place place(x_field, from.x + t * dx, from.y + t * dy);
    const float along = (place.read(x_field) * dx + place.read(y_field) * dy) / length;
    if (!(along > options.link_threshold) && --may_disagree < 0) return 0;
    sum += std::clamp(along, -1.0f, 1.0f);
  }
  const float mean = sum / static_cast<float>(samples);
  return mean > options.link_threshold ? mean : 0.0f;
}

void find_connections(const Channels& fields, const Skeleton& skeleton, const Peaks& peaks, const Options& options,
                      std::vector<Connection>& connections) {
  connections.clear();
  for (int index = 0; index < static_cast<int>(skeleton.links.size()); ++index) {
    const Link& link = skeleton.links[index];
    for (int from = peaks.begin[link.from]; from < peaks.strong_end[link.from]; ++from) {
      for (int to = peaks.begin[link.to]; to < peaks.strong_end[link.to]; ++to) {
        const float score = link_score(fields, link, peaks[from], peaks[to], options);
        if (score > 0) connections.push_back({score, index, from, to});
      }
    }
  }
  std::sort(connections.begin(), connections.end(), [](const Connection& a, const Connection& b) {
    if (a.score != b.score) return a.score > b.score;
    if (a.link != b.link) return a.link < b.link;
    return a.from != b.from ? a.from < b.from : a.to < b.to;
  });
}

}  // namespace trt_pose_ros
