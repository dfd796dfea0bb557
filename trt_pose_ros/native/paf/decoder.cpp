#include "decoder.hpp"

#include <algorithm>
#include <utility>

#include "../parallel.hpp"
#include "assembly.hpp"
#include "check.hpp"
#include "peaks.hpp"

namespace trt_pose_ros {

Decoder::Decoder(Skeleton skeleton, Options options) : skeleton_(std::move(skeleton)), options_(options) {
  check(skeleton_);
  check(options_);
  options_.min_keypoints = std::min(options_.min_keypoints, skeleton_.size());
}

Decoder::Lease Decoder::decode(const Batch& heatmaps, const Batch& fields) const {
  const int threads = useful_threads(options_.threads, heatmaps.images);
  Lease workspace = take_workspace(heatmaps.images, threads);
  for_each_image(threads, heatmaps.images, [&](int thread, int image) {
    decode_image(heatmaps[image], fields[image], workspace->scratch[thread], workspace->images[image]);
  });
  return workspace;
}

void Decoder::decode_image(const Channels& heatmaps, const Channels& fields, Scratch& scratch, Decoded& result) const {
  find_peaks(heatmaps, skeleton_, options_, scratch.found, scratch.peaks);
  find_connections(fields, skeleton_, scratch.peaks, options_, scratch.links, scratch.connections);
  assemble(scratch.connections, skeleton_, scratch.peaks, options_, scratch.people);
  complete(heatmaps, fields, skeleton_, options_, scratch.completion, scratch.peaks, scratch.people);
  select(skeleton_, scratch.peaks, options_, scratch.people, scratch.selected);

  result.keypoints.clear();
  result.scores.clear();
  for (const Candidate& candidate : scratch.selected) {
    for (int k = 0; k < skeleton_.size(); ++k) {
      const int index = scratch.people[candidate.person][k].peak;
      const Peak peak = index == kMissing ? Peak{NAN, NAN, 0} : scratch.peaks[index];
      result.keypoints.insert(result.keypoints.end(), {peak.x, peak.y, peak.score});
    }
    result.scores.push_back(candidate.score);
  }
}

Decoder::Lease Decoder::take_workspace(int images, int threads) const {
  std::unique_ptr<Workspace> workspace;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!free_.empty()) {
      workspace = std::move(free_.back());
      free_.pop_back();
    }
  }
  if (!workspace) workspace = std::make_unique<Workspace>();
  if (static_cast<int>(workspace->scratch.size()) < threads) workspace->scratch.resize(threads);
  if (static_cast<int>(workspace->images.size()) < images) workspace->images.resize(images);
  return Lease(workspace.release(), GiveBack(this));
}

void Decoder::GiveBack::operator()(Workspace* workspace) const {
  const std::lock_guard<std::mutex> lock(decoder_->mutex_);
  decoder_->free_.emplace_back(workspace);
}

}  // namespace trt_pose_ros
