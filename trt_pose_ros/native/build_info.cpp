#include "build_info.hpp"

#include "simd.hpp"

// The build gives the version of the Python package.
#ifndef TRT_POSE_ROS_VERSION
#error "define TRT_POSE_ROS_VERSION, as setup.py and CMakeLists.txt do"
#endif

namespace trt_pose_ros {
namespace {

std::string compiler() {
#if defined(__clang__)
  return "Clang " __clang_version__;
#elif defined(__GNUC__)
  return "GCC " __VERSION__;
#else
  return "unknown";
#endif
}

std::string architecture() {
#if defined(__x86_64__)
  return "x86_64";
#elif defined(__aarch64__)
  return "aarch64";
#else
  return "other";
#endif
}

// What the functions marked TRT_POSE_ROS_SIMD use here.
std::string simd() {
#if defined(TRT_POSE_ROS_SIMD_CHOICE)
  if (__builtin_cpu_supports("avx2")) return "avx2";
#endif
#if defined(__AVX2__)
  return "avx2";
#elif defined(__SSE2__)
  return "sse2";
#elif defined(__ARM_NEON)
  return "neon";
#else
  return "none";
#endif
}

std::string build_type() {
#if defined(NDEBUG)
  return "release";
#else
  return "debug";
#endif
}

}  // namespace

BuildInfo build_info() { return {TRT_POSE_ROS_VERSION, compiler(), build_type(), architecture(), simd()}; }

}  // namespace trt_pose_ros
