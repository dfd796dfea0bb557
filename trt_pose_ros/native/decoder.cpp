#include "decoder.hpp"

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

#include "links.hpp"
#include "peaks.hpp"

namespace trt_pose_ros {

Decoder::Decoder(Skeleton skeleton, Options options) : skeleton_(std::move(skeleton)), options_(options) {}

void Decoder::decode(const Batch& heatmaps, const Batch& fields, std::vector<Decoded>& results) const {
  results.resize(heatmaps.images);
  std::atomic<int> next{0};
  const auto work = [&] {
    auto workspace = take_workspace();
    for (int image = next++; image < heatmaps.images; image = next++) {
      decode_image(heatmaps[image], fields[image], *workspace, results[image]);
    }
    give_back(std::move(workspace));
  };
  std::vector<std::thread> helpers;
  for (int i = 1; i < std::min(options_.threads, heatmaps.images); ++i) helpers.emplace_back(work);
  work();
  for (auto& helper : helpers) helper.join();
}

void Decoder::decode_image(const Channels& heatmaps, const Channels& fields, Workspace& workspace,
                           Decoded& result) const {
  find_peaks(heatmaps, skeleton_, options_, workspace.peaks);
  find_connections(fields, skeleton_, workspace.peaks, options_, workspace.connections);
  assemble(workspace.connections, skeleton_, workspace.peaks, workspace.assembly, workspace.people);
  select(skeleton_, workspace.peaks, options_, workspace.selection, workspace.people);

  const int keypoints = static_cast<int>(skeleton_.keypoint_channels.size());
  result.keypoints.clear();
  result.scores.clear();
  for (const int person : workspace.selection.order) {
    for (int k = 0; k < keypoints; ++k) {
      const int slot = workspace.people.slots[static_cast<std::ptrdiff_t>(person) * keypoints + k];
      const Peak peak = slot == kMissing ? Peak{NAN, NAN, 0} : workspace.peaks.peaks[slot];
      result.keypoints.insert(result.keypoints.end(), {peak.x, peak.y, peak.score});
    }
    result.scores.push_back(workspace.people.scores[person]);
  }
}

std::unique_ptr<Workspace> Decoder::take_workspace() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (free_.empty()) return std::make_unique<Workspace>();
  auto workspace = std::move(free_.back());
  free_.pop_back();
  return workspace;
}

void Decoder::give_back(std::unique_ptr<Workspace> workspace) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  free_.push_back(std::move(workspace));
}

}  // namespace trt_pose_ros
