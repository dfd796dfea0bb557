// What a Decoder refuses to be made of.
#pragma once

#include "types.hpp"

namespace trt_pose_ros {

// Throw std::invalid_argument with a sentence that names the wrong value. The ranges of the options are those of
// DecoderOptions in Python; within them nothing here can crash, hang or overflow.
void check(const Skeleton& skeleton);
void check(const Options& options);

}  // namespace trt_pose_ros
