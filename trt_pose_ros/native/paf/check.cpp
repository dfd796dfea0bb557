#include "check.hpp"

#include <sstream>
#include <stdexcept>
#include <string>

namespace trt_pose_ros {
namespace {

template <typename... Parts>
[[noreturn]] void refuse(const Parts&... parts) {
  std::ostringstream message;
  (message << ... << parts);
  throw std::invalid_argument(message.str());
}

template <typename Value>
void check_range(const char* name, Value value, Value low, Value high) {
  if (value >= low && value <= high) return;  // NaN is neither
  refuse(name, " is ", value, ", must be at least ", low, " and at most ", high);
}

void check_channel(const std::string& name, int channel) {
  if (channel < 0) refuse(name, " is channel ", channel, ", must be counted from 0");
}

}  // namespace

void check(const Skeleton& skeleton) {
  const int size = skeleton.size();
  if (size == 0) refuse("keypoint_channels is empty: a skeleton has at least one keypoint");
  for (int k = 0; k < size; ++k) {
    check_channel("keypoint_channels[" + std::to_string(k) + "]", skeleton.keypoint_channels[k]);
  }
  for (std::size_t i = 0; i < skeleton.links.size(); ++i) {
    const Link& link = skeleton.links[i];
    const std::string name = "links[" + std::to_string(i) + "]";
    for (const int keypoint : {link.from, link.to}) {
      if (keypoint < 0 || keypoint >= size) refuse(name, " joins keypoint ", keypoint, ", there are 0 to ", size - 1);
    }
    if (link.from == link.to) refuse(name, " joins keypoint ", link.from, " with itself");
    check_channel(name, link.x_channel);
    check_channel(name, link.y_channel);
  }
  if (static_cast<int>(skeleton.tolerances.size()) != size) {
    refuse("tolerances has ", skeleton.tolerances.size(), " values for ", size, " keypoints");
  }
  for (int k = 0; k < size; ++k) {
    check_range(("tolerances[" + std::to_string(k) + "]").c_str(), skeleton.tolerances[k], 1e-9f, 1e9f);
  }
}

void check(const Options& options) {
  check_range("peak_threshold", options.peak_threshold, 1e-3f, 1.0f);
  check_range("weak_peak_threshold", options.weak_peak_threshold, 1e-3f, 1.0f);
  check_range("max_peaks", options.max_peaks, 1, 1000);
  check_range("link_samples", options.link_samples, 2, 100);
  check_range("link_threshold", options.link_threshold, 0.0f, 1.0f);
  check_range("link_agreement", options.link_agreement, 0.0f, 1.0f);
  check_range("share_threshold", options.share_threshold, 0.0f, 1.0f);
  check_range("min_keypoints", options.min_keypoints, 1, 255);
  check_range("min_score", options.min_score, 0.0f, 1.0f);
  check_range("nms_threshold", options.nms_threshold, 0.0f, 1.0f);
  check_range("threads", options.threads, 1, 256);
}

}  // namespace trt_pose_ros
