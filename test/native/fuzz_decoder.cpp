// Coverage-guided fuzzing of the decoder (libFuzzer): topology, options and raw maps all come from the fuzzer.
// Built and run by test/sanitize.sh.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "paf/decoder.hpp"

namespace {

// Reads values off the fuzzer's bytes, again and again, so that few of them fill whole maps.
class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}

  std::uint8_t byte() { return size_ == 0 ? 0 : data_[next_++ % size_]; }
  int in_range(int low, int high) { return low + (byte() | byte() << 8) % (high - low + 1); }
  float fraction() { return static_cast<float>(byte()) / 255.0f; }

  // Mostly plausible cells; sometimes any bits at all, so NaN, infinities and huge values.
  float cell() {
    const int kind = byte();
    if (kind < 250) return static_cast<float>(kind - 100) / 100.0f;
    float value;
    const std::uint8_t bits[] = {byte(), byte(), byte(), byte()};
    std::memcpy(&value, bits, sizeof value);
    return value;
  }

 private:
  const std::uint8_t* data_;
  std::size_t size_;
  std::size_t next_ = 0;
};

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace trt_pose_ros;
  Bytes bytes(data, size);
  const int keypoints = bytes.in_range(1, 20);
  const int links = bytes.in_range(0, 24);
  const int height = bytes.in_range(0, 24);
  const int width = bytes.in_range(0, 40);
  const int images = bytes.in_range(0, 3);

  Skeleton skeleton;
  for (int k = 0; k < keypoints; ++k) {
    skeleton.keypoint_channels.push_back(bytes.in_range(0, keypoints - 1));
    skeleton.tolerances.push_back(1e-3f + bytes.fraction());
  }
  for (int i = 0; i < links && keypoints > 1; ++i) {
    const int from = bytes.in_range(0, keypoints - 1);
    const int to = (from + bytes.in_range(1, keypoints - 1)) % keypoints;
    skeleton.links.push_back({from, to, bytes.in_range(0, 2 * links - 1), bytes.in_range(0, 2 * links - 1)});
  }
  Options options{};
  options.peak_threshold = std::max(bytes.fraction(), 1e-3f);
  options.weak_peak_threshold = std::max(bytes.fraction(), 1e-3f);
  options.max_peaks = bytes.in_range(1, 50);
  options.link_samples = bytes.in_range(2, 20);
  options.link_threshold = bytes.fraction();
  options.link_agreement = bytes.fraction();
  options.share_threshold = bytes.fraction();
  options.min_keypoints = bytes.in_range(1, 255);
  options.min_score = bytes.fraction() * 0.1f;
  options.nms_threshold = bytes.fraction();
  options.threads = bytes.in_range(1, 2);

  const std::size_t cells = static_cast<std::size_t>(height) * width;
  std::vector<float> heatmaps(cells * keypoints * images);
  std::vector<float> fields(cells * 2 * links * images);
  for (auto* maps : {&heatmaps, &fields}) {
    for (float& cell : *maps) cell = bytes.cell();
  }
  const auto step = static_cast<std::ptrdiff_t>(cells);
  const Decoder decoder(skeleton, options);
  const auto found = decoder.decode({heatmaps.data(), step * keypoints, step, images, height, width},
                                    {fields.data(), step * 2 * links, step, images, height, width});
  for (int image = 0; image < images; ++image) {
    const Decoded& people = found->images[image];
    require(people.keypoints.size() == people.scores.size() * keypoints * 3);
    for (const float score : people.scores) require(score >= 0 && score <= 1);
    for (std::size_t i = 0; i < people.keypoints.size(); i += 3) {
      const float x = people.keypoints[i], y = people.keypoints[i + 1], score = people.keypoints[i + 2];
      require(score >= 0 && score <= 1);
      if (score == 0) {
        require(std::isnan(x) && std::isnan(y));
      } else {
        require(x >= 0 && x <= static_cast<float>(width - 1) && y >= 0 && y <= static_cast<float>(height - 1));
      }
    }
  }
  return 0;
}
