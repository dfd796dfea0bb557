#include "image.hpp"

namespace trt_pose_ros {
namespace {

constexpr Encoding kEncodings[] = {
    {"bgr8", Layout::packed, 3, 0, 2, 0},        {"rgb8", Layout::packed, 3, 2, 0, 0},
    {"bgra8", Layout::packed, 4, 0, 2, 0},       {"rgba8", Layout::packed, 4, 2, 0, 0},
    {"mono8", Layout::mono, 1, 0, 0, 0},         {"yuv422_yuy2", Layout::yuv422, 2, 0, 1, 3},
    {"yuyv", Layout::yuv422, 2, 0, 1, 3},        {"yuv422", Layout::yuv422, 2, 1, 0, 2},
    {"uyvy", Layout::yuv422, 2, 1, 0, 2},        {"nv12", Layout::yuv420, 1, 0, 0, 1},
    {"nv21", Layout::yuv420, 1, 0, 1, 0},
};

}  // namespace

const Encoding* find_encoding(const std::string& name) {
  for (const Encoding& encoding : kEncodings) {
    if (name == encoding.name) return &encoding;
  }
  return nullptr;
}

std::string encoding_names() {
  std::string names;
  for (const Encoding& encoding : kEncodings) names += (names.empty() ? "" : ", ") + std::string(encoding.name);
  return names;
}

}  // namespace trt_pose_ros
