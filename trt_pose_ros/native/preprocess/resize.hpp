// Resizing: from a camera's image to the network's input in one pass.
#pragma once

#include <array>

#include "image.hpp"

namespace trt_pose_ros {

// How an image is put into the network's input.
struct Fit {
  int height;  // in pixels that the image gets, at the top left
  int width;
  bool rgb;                         // order of the input's channels: red first, or blue first
  std::array<std::uint8_t, 3> pad;  // of the pixels to the right and below, in that order
};

// Resizes `image` into `canvas` and pads the rest of it. Needs 1 <= fit.height <= canvas.height, the same of the width,
// and an image that is not empty.
//
// Bilinear between the two nearest pixels of each axis, at x_image = (x + 0.5) * scale - 0.5, as OpenCV's INTER_LINEAR;
// no other pixels count, however much smaller the image becomes: networks are trained and evaluated on images resized
// like that. YUV is video range BT.601 and becomes RGB before it is interpolated, as if the whole image had been
// converted first. Results are the same bits on every processor; they differ from OpenCV's by one grey level at most.
void resize(const Image& image, const Canvas& canvas, const Fit& fit);

}  // namespace trt_pose_ros
