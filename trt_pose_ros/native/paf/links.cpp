#include "links.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <numeric>

#include "../simd.hpp"

namespace trt_pose_ros {
namespace {

constexpr float kRival = 0.5f;  // AP is the same from 0 to 0.5, crowds are faster with 0.5
constexpr int kBlock = 64;  // segments at a time

// Works on the bits: compilers turn comparisons of floats into branches, which prevents SIMD.
float finite_or_zero(float value) {
  constexpr std::int32_t kExponent = 0x7f800000;  // all ones in NaN and infinity
  std::int32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  bits &= -std::int32_t{(bits & kExponent) != kExponent};
  std::memcpy(&value, &bits, sizeof bits);
  return value;
}

float clipped(float value, float limit) { return std::max(-limit, std::min(limit, value)); }

// __restrict tells the compiler that no result overwrites the map; without it these loops get no SIMD.

// The field at the cells nearest to from + t (dx, dy), times (dx, dy).
TRT_POSE_ROS_SIMD
void read_nearest(const Plane& field_x, const Plane& field_y, const Peak& from, const float* dx, const float* dy,
                  int count, float t, float sign, float* __restrict values) {
  const float* __restrict xs = field_x.cells;
  const float* __restrict ys = field_y.cells;
  for (int i = 0; i < count; ++i) {
    const int column = static_cast<int>(from.x + t * dx[i] + 0.5f);
    const int row = static_cast<int>(from.y + t * dy[i] + 0.5f);
    const int cell = row * field_x.width + column;
    values[i] = sign * (finite_or_zero(xs[cell]) * dx[i] + finite_or_zero(ys[cell]) * dy[i]);
  }
}

float blend(float top_left, float top_right, float bottom_left, float bottom_right, float u, float v) {
  const float top = top_left + u * (top_right - top_left);
  const float bottom = bottom_left + u * (bottom_right - bottom_left);
  return top + v * (bottom - top);
}

// Some segments, stored by component for SIMD, and what the field says along them.
struct Block {
  float x[kBlock], y[kBlock], dx[kBlock], dy[kBlock];
  float u[kBlock], v[kBlock];  // direction
  float sum[kBlock];
  int agreeing[kBlock];
};

// Reads the field bilinearly at the point t of each segment and adds what it says to the block.
TRT_POSE_ROS_SIMD
void add_point(const Plane& field_x, const Plane& field_y, float t, float threshold, int count,
               Block& __restrict block) {
  const float* __restrict xs = field_x.cells;
  const float* __restrict ys = field_y.cells;
  const int width = field_x.width;
  const int height = field_x.height;
  for (int i = 0; i < count; ++i) {
    const float x = block.x[i] + t * block.dx[i];
    const float y = block.y[i] + t * block.dy[i];
    const int left = static_cast<int>(x);
    const int top = static_cast<int>(y);
    const int cell = top * width + left;
    const int right = cell + (left + 1 < width ? 1 : 0);
    const int below = top + 1 < height ? width : 0;
    const float a = x - static_cast<float>(left);
    const float b = y - static_cast<float>(top);
    const float along_x = blend(finite_or_zero(xs[cell]), finite_or_zero(xs[right]), finite_or_zero(xs[cell + below]),
                                finite_or_zero(xs[right + below]), a, b);
    const float along_y = blend(finite_or_zero(ys[cell]), finite_or_zero(ys[right]), finite_or_zero(ys[cell + below]),
                                finite_or_zero(ys[right + below]), a, b);
    const float value = finite_or_zero(along_x) * block.u[i] + finite_or_zero(along_y) * block.v[i];
    block.agreeing[i] += value > threshold ? 1 : 0;
    block.sum[i] += clipped(value, 1.0f);
  }
}

// Radix sort by score. Positive floats have the same order as their bits, and equal ones keep their places. Faster here
// than std::sort, whose comparisons are hard to predict.
void sort_best_first(std::vector<Connection>& connections, std::vector<Connection>& other) {
  other.resize(connections.size());
  for (int shift = 0; shift < 32; shift += 8) {
    const auto digit = [shift](const Connection& connection) {
      std::uint32_t bits;
      std::memcpy(&bits, &connection.score, sizeof bits);
      return ~bits >> shift & 0xff;
    };
    std::array<std::size_t, 257> begin{};
    for (const Connection& connection : connections) ++begin[digit(connection) + 1];
    std::partial_sum(begin.begin(), begin.end(), begin.begin());
    for (const Connection& connection : connections) other[begin[digit(connection)]++] = connection;
    connections.swap(other);
  }
}

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

void LinkField::glance(const Peak& from, const float* to_x, const float* to_y, int count,
                       std::vector<Glance>& glances) const {
  const float squared_threshold = threshold_ * threshold_;
  float dx[kBlock], dy[kBlock], first[kBlock], middle[kBlock], last[kBlock];
  int agrees[kBlock], kept[kBlock];
  for (int begin = 0; begin < count; begin += kBlock) {
    const int size = std::min(kBlock, count - begin);
    for (int i = 0; i < size; ++i) {
      dx[i] = to_x[begin + i] - from.x;
      dy[i] = to_y[begin + i] - from.y;
    }
    read_nearest(x_, y_, from, dx, dy, size, 0.5f, sign_, middle);
    for (int i = 0; i < size; ++i) {
      agrees[i] = middle[i] * std::fabs(middle[i]) > squared_threshold * (dx[i] * dx[i] + dy[i] * dy[i]) ? 1 : 0;
    }
    int agreeing = 0;
    for (int i = 0; i < size; ++i) {  // without branches: which pairs agree is hard to predict
      kept[agreeing] = begin + i;
      dx[agreeing] = dx[i];
      dy[agreeing] = dy[i];
      middle[agreeing] = middle[i];
      agreeing += agrees[i];
    }
    read_nearest(x_, y_, from, dx, dy, agreeing, 0.25f, sign_, first);
    read_nearest(x_, y_, from, dx, dy, agreeing, 0.75f, sign_, last);
    std::size_t end = glances.size();
    glances.resize(end + agreeing);
    for (int i = 0; i < agreeing; ++i) {
      const float length = std::sqrt(dx[i] * dx[i] + dy[i] * dy[i]);
      const float sum = clipped(first[i], length) + clipped(middle[i], length) + clipped(last[i], length);
      glances[end] = {kept[i], sum / (3 * length)};
      end += int{std::max(first[i], last[i]) > threshold_ * length} & int{sum > 0};
    }
    glances.resize(end);
  }
}

void LinkField::score(const std::vector<Segment>& segments, std::vector<float>& scores) const {
  const int count = static_cast<int>(segments.size());
  const float step = 1.0f / static_cast<float>(samples_ - 1);
  scores.resize(count);
  Block block;
  for (int begin = 0; begin < count; begin += kBlock) {
    const int size = std::min(kBlock, count - begin);
    for (int i = 0; i < size; ++i) {
      const Segment& s = segments[begin + i];
      const float length = std::max(std::sqrt(s.dx * s.dx + s.dy * s.dy), 1e-6f);  // no direction: nothing along it
      block.x[i] = s.x;
      block.y[i] = s.y;
      block.dx[i] = s.dx;
      block.dy[i] = s.dy;
      block.u[i] = sign_ * s.dx / length;
      block.v[i] = sign_ * s.dy / length;
      block.sum[i] = 0;
      block.agreeing[i] = 0;
    }
    for (int k = 0; k < samples_; ++k) {
      add_point(x_, y_, static_cast<float>(k) * step, threshold_, size, block);
    }
    for (int i = 0; i < size; ++i) {
      const float mean = block.sum[i] / static_cast<float>(samples_);
      scores[begin + i] = block.agreeing[i] >= must_agree_ && mean > threshold_ ? mean : 0.0f;
    }
  }
}

void find_connections(const Channels& fields, const Skeleton& skeleton, const Peaks& peaks, const Options& options,
                      LinkScratch& scratch, std::vector<Connection>& connections) {
  connections.clear();
  for (int index = 0; index < static_cast<int>(skeleton.links.size()); ++index) {
    const Link& link = skeleton.links[index];
    const LinkField field(fields, link, options);
    const int first_to = peaks.begin[link.to];
    const int columns = peaks.strong_end[link.to] - first_to;
    auto& glances = scratch.glances;
    glances.clear();
    scratch.best_to.assign(columns, 0);
    scratch.rows.clear();
    for (int from = peaks.begin[link.from]; from < peaks.strong_end[link.from]; ++from) {
      const std::size_t begin = glances.size();
      field.glance(peaks[from], peaks.x.data() + first_to, peaks.y.data() + first_to, columns, glances);
      float best = 0;
      for (std::size_t i = begin; i < glances.size(); ++i) {
        best = std::max(best, glances[i].value);
        float& best_to = scratch.best_to[glances[i].index];
        best_to = std::max(best_to, glances[i].value);
      }
      scratch.rows.push_back({from, best, glances.size()});
    }
    scratch.pairs.resize(glances.size());
    std::size_t pairs = 0;
    std::size_t i = 0;
    for (const GlanceRow& row : scratch.rows) {
      for (; i < row.end; ++i) {  // without branches, too
        const Glance& glance = glances[i];
        scratch.pairs[pairs] = {glance.value, index, row.from, first_to + glance.index};
        pairs += glance.value >= kRival * std::max(row.best, scratch.best_to[glance.index]) ? 1 : 0;
      }
    }
    scratch.pairs.resize(pairs);
    scratch.segments.clear();
    for (const Connection& pair : scratch.pairs) {
      const Peak from = peaks[pair.from];
      const Peak to = peaks[pair.to];
      scratch.segments.push_back({from.x, from.y, to.x - from.x, to.y - from.y});
    }
    field.score(scratch.segments, scratch.scores);
    for (std::size_t k = 0; k < scratch.pairs.size(); ++k) {
      if (!(scratch.scores[k] > 0)) continue;
      connections.push_back(scratch.pairs[k]);
      connections.back().score = scratch.scores[k];
    }
  }
  sort_best_first(connections, scratch.sorted);
}

}  // namespace trt_pose_ros
