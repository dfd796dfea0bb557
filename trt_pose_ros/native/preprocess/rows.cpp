#include "rows.hpp"

#include <algorithm>
#include <cstring>

#include "../simd.hpp"

namespace trt_pose_ros {
namespace {

// A place between the first and the second pixels of the columns, for each column.
TRT_POSE_ROS_SIMD
void mix(const float* __restrict first, const float* __restrict second, const float* __restrict weight, int count,
         float* __restrict result) {
  for (int i = 0; i < count; ++i) result[i] = first[i] + (second[i] - first[i]) * weight[i];
}

// The byte at `shift` of the words of first and second pixels, mixed.
TRT_POSE_ROS_SIMD
void mix_byte(const std::int32_t* __restrict first, const std::int32_t* __restrict second,
              const float* __restrict weight, int shift, int count, float* __restrict result) {
  for (int i = 0; i < count; ++i) {
    const auto a = static_cast<float>(first[i] >> shift & 0xff);
    const auto b = static_cast<float>(second[i] >> shift & 0xff);
    result[i] = a + (b - a) * weight[i];
  }
}

// Video range BT.601 to RGB, with the usual coefficients of three decimals, in fixed point. `count` words, each with the
// bytes of a pixel: luma at its own shift, U and V at the same one in all.
TRT_POSE_ROS_SIMD
void convert_yuv(const std::int32_t* __restrict words, const std::int32_t* __restrict luma_shifts, int u_shift,
                 int v_shift, int count, float* __restrict blue, float* __restrict green, float* __restrict red) {
  constexpr int kShift = 20;
  constexpr auto fixed = [](double value) { return static_cast<int>(value * (1 << kShift) + 0.5); };
  constexpr int kLuma = fixed(1.164), kBlue = fixed(2.018), kGreenU = fixed(0.391), kGreenV = fixed(0.813),
                kRed = fixed(1.596);
  for (int i = 0; i < count; ++i) {
    const int luma = words[i] >> luma_shifts[i] & 0xff;
    const int u = (words[i] >> u_shift & 0xff) - 128;
    const int v = (words[i] >> v_shift & 0xff) - 128;
    const int y = std::max(luma - 16, 0) * kLuma + (1 << (kShift - 1));
    const int b = (y + u * kBlue) >> kShift;
    const int g = (y - u * kGreenU - v * kGreenV) >> kShift;
    const int r = (y + v * kRed) >> kShift;
    blue[i] = static_cast<float>(std::min(std::max(b, 0), 255));
    green[i] = static_cast<float>(std::min(std::max(g, 0), 255));
    red[i] = static_cast<float>(std::min(std::max(r, 0), 255));
  }
}

template <typename Value>
Value read_value(const std::uint8_t* bytes) {
  Value value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

}  // namespace

Taps::Taps(int source, int target) {
  const double scale = static_cast<double>(source) / target;
  for (int i = 0; i < target; ++i) {
    const double place = std::max((i + 0.5) * scale - 0.5, 0.0);
    const int here = std::min(static_cast<int>(place), source - 1);
    const int next = std::min(here + 1, source - 1);
    const float weight = next == here ? 0.0f : static_cast<float>(place - here);
    first.push_back(here);
    second.push_back(weight > 0 ? next : here);
    this->weight.push_back(weight);
  }
}

RowReader::RowReader(const Image& image, const Taps& columns, bool rgb)
    : image_(image), columns_(columns), size_(columns.size()), blue_(rgb ? 2 : 0), red_(2 - blue_) {
  const auto end = std::find_if(columns.first.begin(), columns.first.end(), [&](int c) { return c >= image.width - 2; });
  inner_ = static_cast<int>(end - columns.first.begin());
  if (!image.encoding->subsampled()) return;
  const bool pairs = image.encoding->layout == Layout::yuv422;
  for (const auto* taps : {&columns.first, &columns.second}) {
    for (const int column : *taps) {
      color_offsets_.push_back(column / 2 * (pairs ? 4 : 2));
      luma_shifts_.push_back(pairs ? 8 * (image.encoding->first + column % 2 * 2) : 0);
    }
  }
}

void RowReader::read(int index, ResizedRow& result) {
  for (auto& channel : result.channels) channel.resize(size_);
  const Encoding& encoding = *image_.encoding;
  const std::uint8_t* row = image_.row(index);
  switch (encoding.layout) {
    case Layout::packed:
      return read_packed(row, result);
    case Layout::mono:
      return read_mono(row, result);
    case Layout::yuv422:
      words_.resize(2 * size_);
      for (int i = 0; i < 2 * size_; ++i) words_[i] = read_value<std::int32_t>(row + color_offsets_[i]);
      return convert_words(8 * encoding.second, 8 * encoding.third, result);
    case Layout::yuv420:
      join_planes(row, image_.row(image_.height + index / 2));
      return convert_words(8 + 8 * encoding.second, 8 + 8 * encoding.third, result);
  }
}

void RowReader::read_packed(const std::uint8_t* row, ResizedRow& result) {
  const Encoding& encoding = *image_.encoding;
  words_.resize(2 * size_);
  const int channels = encoding.channels;
  std::int32_t* const first = words_.data();
  std::int32_t* const second = first + size_;
  int i = 0;
  for (; i < inner_; ++i) {  // both pixels at once: they are neighbours, or the second has no weight
    const auto bytes = read_value<std::uint64_t>(row + columns_.first[i] * channels);
    first[i] = static_cast<std::int32_t>(bytes);
    second[i] = static_cast<std::int32_t>(bytes >> 8 * channels);
  }
  const auto last_bytes = [](const std::uint8_t* pixel) { return pixel[0] | pixel[1] << 8 | pixel[2] << 16; };
  for (; i < size_; ++i) {  // beyond the row there may be nothing to read
    first[i] = last_bytes(row + columns_.first[i] * channels);
    second[i] = last_bytes(row + columns_.second[i] * channels);
  }
  const int channel[] = {encoding.first, 1, encoding.second};  // of the image: blue, green, red
  const int target[] = {blue_, 1, red_};
  for (int c = 0; c < 3; ++c) {
    mix_byte(first, second, columns_.weight.data(), 8 * channel[c], size_, result.channels[target[c]].data());
  }
}

void RowReader::read_mono(const std::uint8_t* row, ResizedRow& result) {
  words_.resize(2 * size_);
  for (int i = 0; i < size_; ++i) {
    words_[i] = row[columns_.first[i]];
    words_[size_ + i] = row[columns_.second[i]];
  }
  for (auto& channel : result.channels) {
    mix_byte(words_.data(), words_.data() + size_, columns_.weight.data(), 0, size_, channel.data());
  }
}

void RowReader::join_planes(const std::uint8_t* luma, const std::uint8_t* color) {
  words_.resize(2 * size_);
  std::int32_t* const first = words_.data();
  std::int32_t* const second = first + size_;
  const auto color_of = [&](int tap) { return read_value<std::uint16_t>(color + color_offsets_[tap]) << 8; };
  int i = 0;
  for (; i < inner_; ++i) {  // the luma of both pixels at once, see read_packed
    const auto both = read_value<std::uint16_t>(luma + columns_.first[i]);
    first[i] = (both & 0xff) | color_of(i);
    second[i] = both >> 8 | color_of(size_ + i);
  }
  for (; i < size_; ++i) {
    first[i] = luma[columns_.first[i]] | color_of(i);
    second[i] = luma[columns_.second[i]] | color_of(size_ + i);
  }
}

void RowReader::convert_words(int u_shift, int v_shift, ResizedRow& result) {
  levels_.resize(6 * size_);
  float* const blue = levels_.data();
  float* const green = blue + 2 * size_;
  float* const red = green + 2 * size_;
  convert_yuv(words_.data(), luma_shifts_.data(), u_shift, v_shift, 2 * size_, blue, green, red);
  const float* const weight = columns_.weight.data();
  mix(blue, blue + size_, weight, size_, result.channels[blue_].data());
  mix(green, green + size_, weight, size_, result.channels[1].data());
  mix(red, red + size_, weight, size_, result.channels[red_].data());
}

}  // namespace trt_pose_ros
