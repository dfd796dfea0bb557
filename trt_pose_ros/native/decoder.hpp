// Decoder: a batch of heatmaps and part affinity fields to people.
#pragma once

#include <memory>
#include <mutex>

#include "assembly.hpp"
#include "select.hpp"
#include "types.hpp"

namespace trt_pose_ros {

// A batch of channels; the steps from image to image and channel to channel are free.
struct Batch {
  const float* cells;
  std::ptrdiff_t image_step;
  std::ptrdiff_t channel_step;
  int images;
  int height;
  int width;

  Channels operator[](int image) const { return {cells + image * image_step, channel_step, height, width}; }
};

// Everything that decoding one image needs to remember; kept between calls, so that they allocate nothing.
struct Workspace {
  Peaks peaks;
  std::vector<Connection> connections;
  AssemblyWorkspace assembly;
  SelectionWorkspace selection;
  People people;
};

// The kept people of one image, best first: x, y, score of every keypoint (NaN, NaN, 0 where missing).
struct Decoded {
  std::vector<float> keypoints;
  std::vector<float> scores;
};

// Immutable, so one decoder may be used by several threads at once.
class Decoder {
 public:
  Decoder(Skeleton skeleton, Options options);

  // One result an image. Takes a workspace of earlier calls if one is free.
  void decode(const Batch& heatmaps, const Batch& fields, std::vector<Decoded>& results) const;

  const Skeleton& skeleton() const { return skeleton_; }

 private:
  void decode_image(const Channels& heatmaps, const Channels& fields, Workspace& workspace, Decoded& result) const;
  std::unique_ptr<Workspace> take_workspace() const;
  void give_back(std::unique_ptr<Workspace> workspace) const;

  Skeleton skeleton_;
  Options options_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Workspace>> free_;
};

}  // namespace trt_pose_ros
