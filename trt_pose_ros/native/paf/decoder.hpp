// Decoder: a batch of heatmaps and part affinity fields to people.
#pragma once

#include <memory>
#include <mutex>

#include "complete.hpp"
#include "links.hpp"
#include "select.hpp"
#include "types.hpp"

namespace trt_pose_ros {

// A batch of channels; the steps from image to image and from channel to channel are free.
struct Batch {
  const float* cells;
  std::ptrdiff_t image_step;
  std::ptrdiff_t channel_step;
  int images;
  int height;
  int width;

  Channels operator[](int image) const { return {cells + image * image_step, channel_step, height, width}; }
};

// The people of one image, best first: x, y, score of every keypoint (NaN, NaN, 0 where missing), and their scores.
struct Decoded {
  std::vector<float> keypoints;
  std::vector<float> scores;
};

// The working memory for one image.
struct Scratch {
  std::vector<Peak> found;
  Peaks peaks;
  LinkScratch links;
  std::vector<Connection> connections;
  People people;
  CompletionScratch completion;
  std::vector<Candidate> selected;
};

// The memory of one call. The decoder keeps it for later calls, so that they allocate nothing.
struct Workspace {
  std::vector<Scratch> scratch;  // one a thread
  std::vector<Decoded> images;
};

// Immutable, so several threads may use one at once.
class Decoder {
 public:
  // Throws std::invalid_argument if `skeleton` or `options` cannot be decoded with.
  Decoder(Skeleton skeleton, Options options);

  // Lends a workspace to one call: the deleter returns it to the decoder, which must live longer.
  class GiveBack {
   public:
    explicit GiveBack(const Decoder* decoder = nullptr) : decoder_(decoder) {}
    void operator()(Workspace* workspace) const;

   private:
    const Decoder* decoder_;
  };
  using Lease = std::unique_ptr<Workspace, GiveBack>;

  // The results are the first `heatmaps.images` of the workspace's `images`, until it is given back.
  Lease decode(const Batch& heatmaps, const Batch& fields) const;

  const Skeleton& skeleton() const { return skeleton_; }

 private:
  void decode_image(const Channels& heatmaps, const Channels& fields, Scratch& scratch, Decoded& result) const;
  Lease take_workspace(int images, int threads) const;

  Skeleton skeleton_;
  Options options_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Workspace>> free_;
};

}  // namespace trt_pose_ros
