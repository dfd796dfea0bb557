#include "links.hpp"

#include <algorithm>
#include <limits>

namespace trt_pose_ros {
namespace {

constexpr float kRival = 0.5f;  // AP is the same from 0 to 0.5, the time in a crowd is not
constexpr int kBlock = 32;

float finite_or_zero(float value) { return std::fabs(value) <= std::numeric_limits<float>::max() ? value : 0.0f; }

float clipped(float value, float limit) { return std::max(-limit, std::min(limit, value)); }

// A place between the cells of a map, inside of it.
class Place {
 public:
  Place(const Plane& map, float x, float y) {
    const int left = static_cast<int>(x);
    const int top = static_cast<int>(y);
    cell_ = static_cast<std::ptrdiff_t>(top) * map.width + left;
    right_ = left + 1 < map.width ? 1 : 0;
    below_ = top + 1 < map.height ? map.width : 0;
    u_ = x - static_cast<float>(left);
    v_ = y - static_cast<float>(top);
  }

  // Bilinear. Cells that are not finite are rare, so they are looked for only where the result isn't.
  float read(const Plane& map) const {
    const float* cell = map.cells + cell_;
    const float value = blend(cell[0], cell[right_], cell[below_], cell[below_ + right_]);
    if (std::isfinite(value)) return value;
    return finite_or_zero(blend(finite_or_zero(cell[0]), finite_or_zero(cell[right_]), finite_or_zero(cell[below_]),
                                finite_or_zero(cell[below_ + right_])));
  }

 private:
  float blend(float top_left, float top_right, float bottom_left, float bottom_right) const {
    const float top = top_left + u_ * (top_right - top_left);
    const float bottom = bottom_left + u_ * (bottom_right - bottom_left);
    return top + v_ * (bottom - top);
  }

  std::ptrdiff_t cell_, right_, below_;
  float u_, v_;
};

}  // namespace

LinkField::LinkField(const Channels& fields, const Link& link, const Options& options)
    : x_(fields[link.x_channel]),
      y_(fields[link.y_channel]),
      samples_(options.link_samples),
      must_agree_(static_cast<int>(std::ceil(options.link_agreement * static_cast<float>(options.link_samples)))),
      threshold_(options.link_threshold) {}

LinkField LinkField::reversed() const {
  LinkField other = *this;
  other.sign_ = -sign_;
  return other;
}

float LinkField::nearest(const Peak& from, float dx, float dy, float t) const {
  const int column = static_cast<int>(from.x + t * dx + 0.5f);
  const int row = static_cast<int>(from.y + t * dy + 0.5f);
  const float x = x_.row(row)[column];
  const float y = y_.row(row)[column];
  const float value = x * dx + y * dy;
  return sign_ * (std::isfinite(value) ? value : finite_or_zero(x) * dx + finite_or_zero(y) * dy);
}

void LinkField::glance(const Peak& from, const float* to_x, const float* to_y, int count, float* glances) const {
  const float squared_threshold = threshold_ * threshold_;
  float dx[kBlock], dy[kBlock], middle[kBlock];
  int kept[kBlock];
  for (int begin = 0; begin < count; begin += kBlock) {
    const int size = std::min(kBlock, count - begin);
    int agreeing = 0;
    for (int i = 0; i < size; ++i) {  // without branches: which pairs agree is hard to predict
      dx[i] = to_x[begin + i] - from.x;
      dy[i] = to_y[begin + i] - from.y;
      middle[i] = nearest(from, dx[i], dy[i], 0.5f);
      glances[begin + i] = 0;
      kept[agreeing] = i;
      const float squared_length = dx[i] * dx[i] + dy[i] * dy[i];
      agreeing += middle[i] * std::fabs(middle[i]) > squared_threshold * squared_length ? 1 : 0;
    }
    for (int k = 0; k < agreeing; ++k) {
      const int i = kept[k];
      const float length = std::sqrt(dx[i] * dx[i] + dy[i] * dy[i]);
      const float first = nearest(from, dx[i], dy[i], 0.25f);
      const float last = nearest(from, dx[i], dy[i], 0.75f);
      const float sum = clipped(first, length) + clipped(middle[i], length) + clipped(last, length);
      if (std::max(first, last) > threshold_ * length) glances[begin + i] = sum / (3 * length);
    }
  }
}

float LinkField::score(const Peak& from, const Peak& to) const {
  const float dx = to.x - from.x;
  const float dy = to.y - from.y;
  const float length = std::sqrt(dx * dx + dy * dy);
  if (length < 1e-6f) return 0;  // no direction
  const float u = sign_ * dx / length;
  const float v = sign_ * dy / length;
  const float step = 1.0f / static_cast<float>(samples_ - 1);
  int agreeing = 0;
  float sum = 0;
  for (int i = 0; i < samples_; ++i) {
    const float t = static_cast<float>(i) * step;
    const Place place(x_, from.x + t * dx, from.y + t * dy);
    const float value = place.read(x_) * u + place.read(y_) * v;
    agreeing += value > threshold_;
    sum += std::clamp(value, -1.0f, 1.0f);
  }
  const float mean = sum / static_cast<float>(samples_);
  return agreeing >= must_agree_ && mean > threshold_ ? mean : 0.0f;
}

void find_connections(const Channels& fields, const Skeleton& skeleton, const Peaks& peaks, const Options& options,
                      LinkScratch& scratch, std::vector<Connection>& connections) {
  connections.clear();
  for (int index = 0; index < static_cast<int>(skeleton.links.size()); ++index) {
    const Link& link = skeleton.links[index];
    const LinkField field(fields, link, options);
    const int first_from = peaks.begin[link.from];
    const int first_to = peaks.begin[link.to];
    const int rows = peaks.strong_end[link.from] - first_from;
    const int columns = peaks.strong_end[link.to] - first_to;
    if (rows == 0 || columns == 0) continue;
    scratch.glances.resize(static_cast<std::size_t>(rows) * columns);
    scratch.best_to.assign(columns, 0);
    scratch.kept.resize(columns);
    for (int row = 0; row < rows; ++row) {
      float* glances = scratch.glances.data() + static_cast<std::ptrdiff_t>(row) * columns;
      field.glance(peaks[first_from + row], &peaks.x[first_to], &peaks.y[first_to], columns, glances);
      for (int i = 0; i < columns; ++i) scratch.best_to[i] = std::max(scratch.best_to[i], glances[i]);
    }
    for (int row = 0; row < rows; ++row) {
      const float* glances = scratch.glances.data() + static_cast<std::ptrdiff_t>(row) * columns;
      const float best_from = *std::max_element(glances, glances + columns);
      int count = 0;
      for (int i = 0; i < columns; ++i) {  // without branches: which pairs pass is hard to predict
        scratch.kept[count] = i;
        count += int{glances[i] > 0} & int{glances[i] >= kRival * std::max(best_from, scratch.best_to[i])};
      }
      for (int k = 0; k < count; ++k) {
        const int from = first_from + row;
        const int to = first_to + scratch.kept[k];
        const float score = field.score(peaks[from], peaks[to]);
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
