// Images as cameras send them. No Python here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace trt_pose_ros {

enum class Layout { packed, mono, yuv422, yuv420 };

// How the bytes of an image lie. The offsets say where in a pixel, a pair of pixels (yuv422) or a pair of colour values
// (yuv420) the parts are.
struct Encoding {
  const char* name;  // in sensor_msgs/image_encodings
  Layout layout;
  int channels;  // bytes a pixel, in the rows that an image's step counts
  int first;     // packed: blue; yuv422: the first pixel's luma
  int second;    // packed: red; YUV: U
  int third;     // YUV: V

  bool subsampled() const { return layout == Layout::yuv422 || layout == Layout::yuv420; }
};

// The encoding of that name, or nullptr.
const Encoding* find_encoding(const std::string& name);

// The names of all encodings, separated by commas.
std::string encoding_names();

// `height` rows of `width` pixels, `step` bytes apart. In yuv420 the rows of luma are followed by half as many with the
// colour of 2 x 2 pixels.
struct Image {
  const std::uint8_t* pixels;
  std::ptrdiff_t step;
  int height;
  int width;
  const Encoding* encoding;

  const std::uint8_t* row(int index) const { return pixels + index * step; }
};

// The network's input for one image: `height` rows of `width` pixels of 3 bytes.
struct Canvas {
  std::uint8_t* pixels;
  std::ptrdiff_t step;
  int height;
  int width;

  std::uint8_t* row(int index) const { return pixels + index * step; }
};

}  // namespace trt_pose_ros
