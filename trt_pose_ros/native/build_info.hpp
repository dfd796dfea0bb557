// How this library was compiled, and what it runs on.
#pragma once

#include <string>

namespace trt_pose_ros {

struct BuildInfo {
  std::string version;       // of trt_pose_ros
  std::string compiler;      // "GCC 12.2.0"
  std::string build_type;    // "release", or "debug" where assertions are compiled in
  std::string architecture;  // "x86_64", "aarch64", "other"
  std::string simd;          // what the inner loops use on this processor: "avx2", "sse2", "neon", "none"
};

BuildInfo build_info();

}  // namespace trt_pose_ros
