// A function compiled twice: for any processor, and for those with AVX2. Which one runs is chosen when the library is
// loaded.
#pragma once

#include <climits>  // tells whether this is glibc, whose loader can choose

// Both versions give the same results to the last bit: AVX2 brings no fused multiply-add (that would be "fma").
// Elsewhere, and under AddressSanitizer, where speed does not matter, there is only the first.
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && defined(__GLIBC__) && \
    !defined(__SANITIZE_ADDRESS__)
#define TRT_POSE_ROS_SIMD_CHOICE
#define TRT_POSE_ROS_SIMD __attribute__((target_clones("avx2", "default")))
#else
#define TRT_POSE_ROS_SIMD
#endif
