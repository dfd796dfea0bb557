// Rows of an image, resized: the horizontal half of resizing.
#pragma once

#include <vector>

#include "image.hpp"

namespace trt_pose_ros {

// For each pixel of an axis of the result: the two pixels of the image that it is made of, and the weight of the second.
struct Taps {
  std::vector<int> first;
  std::vector<int> second;
  std::vector<float> weight;

  // From `source` to `target` pixels; see resize.
  Taps(int source, int target);

  int size() const { return static_cast<int>(weight.size()); }
};

// A row of the result: its grey levels 0..255 by channel, in the order of the network's input.
struct ResizedRow {
  std::vector<float> channels[3];
};

// Resizes rows of one image to the width of `columns`.
class RowReader {
 public:
  // `image` and `columns` must live longer. `rgb`: red first, else blue.
  RowReader(const Image& image, const Taps& columns, bool rgb);

  void read(int index, ResizedRow& result);

 private:
  void read_packed(const std::uint8_t* row, ResizedRow& result);
  void read_mono(const std::uint8_t* row, ResizedRow& result);
  // Luma of one row and colour of another, into words: luma in the lowest byte, then the two of colour.
  void join_planes(const std::uint8_t* luma, const std::uint8_t* color);
  // The YUV in the words, as grey levels of red, green and blue; the shifts say where U and V are.
  void convert_words(int u_shift, int v_shift, ResizedRow& result);

  const Image& image_;
  const Taps& columns_;
  const int size_;
  int inner_;  // columns of the result, from the left, after whose first pixel the image has two more
  const int blue_, red_;  // channels of the result
  // Of YUV: where in a row the colour of each column's pixels is, and where in its word the luma.
  std::vector<int> color_offsets_;
  std::vector<std::int32_t> luma_shifts_;
  // What is read of the pixels: the first ones of all columns, then the second ones.
  std::vector<std::int32_t> words_;
  std::vector<float> levels_;
};

}  // namespace trt_pose_ros
