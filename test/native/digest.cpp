// Decodes made-up maps, resizes made-up images and prints, for each, a digest of all bits of the result: two builds that
// print the same give equal results. Run on several processors by test/aarch64.sh.
//
// What goes in is made with integers and with float operations that IEEE 754 rounds in one way only, so it is equal on
// every processor too.
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <limits>

#include "paf/decoder.hpp"
#include "preprocess/resize.hpp"

namespace {

using namespace trt_pose_ros;

// splitmix64 (Steele et al., "Fast splittable pseudorandom number generators", OOPSLA 2014)
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t bits() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
  }
  int below(int limit) { return static_cast<int>(bits() % static_cast<std::uint64_t>(limit)); }
  float uniform(float low, float high) { return low + (high - low) * static_cast<float>(bits() >> 40) / 16777216.0f; }

 private:
  std::uint64_t state_;
};

class Digest {  // FNV-1a
 public:
  void add(const std::vector<float>& values) {
    for (const float value : values) {
      std::uint32_t bits;
      std::memcpy(&bits, &value, sizeof bits);
      if (value != value) bits = 0x7fc00000;  // the bits of NaN say nothing
      for (int shift = 0; shift < 32; shift += 8) add(static_cast<std::uint8_t>(bits >> shift));
    }
  }
  void add(std::uint8_t byte) { value_ = (value_ ^ byte) * 0x100000001b3u; }
  unsigned long long value() const { return value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325u;
};

struct Scene {
  Skeleton skeleton;
  int height;
  int width;
  std::vector<float> heatmaps;
  std::vector<float> fields;

  Batch heatmap_batch() const { return batch(heatmaps, skeleton.size()); }
  Batch field_batch() const { return batch(fields, 2 * static_cast<int>(skeleton.links.size())); }

 private:
  Batch batch(const std::vector<float>& cells, int channels) const {
    const std::ptrdiff_t step = static_cast<std::ptrdiff_t>(height) * width;
    return {cells.data(), channels * step, step, 1, height, width};
  }
};

// A tree of keypoints, and people whose limbs go in any direction.
Scene make_scene(Random& random, int keypoints, int people, float noise, bool rubbish) {
  Scene scene{{}, 8 + random.below(56), 8 + random.below(72), {}, {}};
  for (int k = 0; k < keypoints; ++k) {
    scene.skeleton.keypoint_channels.push_back(k);
    scene.skeleton.tolerances.push_back(random.uniform(0.001f, 0.02f));
    if (k > 0) scene.skeleton.links.push_back({random.below(k), k, 2 * k - 2, 2 * k - 1});
  }
  const int cells = scene.height * scene.width;
  scene.heatmaps.resize(static_cast<std::size_t>(cells) * keypoints);
  scene.fields.resize(static_cast<std::size_t>(cells) * 2 * (keypoints - 1));
  for (auto* maps : {&scene.heatmaps, &scene.fields}) {
    for (float& cell : *maps) cell = noise * random.uniform(-1, 1);
  }
  for (int person = 0; person < people; ++person) {
    std::vector<float> xs, ys;
    for (int k = 0; k < keypoints; ++k) {
      xs.push_back(random.uniform(0, static_cast<float>(scene.width - 1)));
      ys.push_back(random.uniform(0, static_cast<float>(scene.height - 1)));
      for (int cell = 0; cell < cells; ++cell) {
        const float dx = static_cast<float>(cell % scene.width) - xs[k];
        const float dy = static_cast<float>(cell / scene.width) - ys[k];
        const float bump = 1.0f / (1.0f + dx * dx + dy * dy);
        float& value = scene.heatmaps[static_cast<std::size_t>(k) * cells + cell];
        if (bump * bump > value) value = bump * bump;
      }
    }
    for (const Link& link : scene.skeleton.links) {
      const float dx = xs[link.to] - xs[link.from];
      const float dy = ys[link.to] - ys[link.from];
      const float length = std::sqrt(dx * dx + dy * dy) + 1e-3f;
      for (int i = 0; i <= 200; ++i) {
        const float t = static_cast<float>(i) / 200.0f;
        const int column = static_cast<int>(xs[link.from] + t * dx + 0.5f);
        const int row = static_cast<int>(ys[link.from] + t * dy + 0.5f);
        const std::size_t cell = static_cast<std::size_t>(row) * scene.width + column;
        scene.fields[static_cast<std::size_t>(link.x_channel) * cells + cell] = dx / length;
        scene.fields[static_cast<std::size_t>(link.y_channel) * cells + cell] = dy / length;
      }
    }
  }
  constexpr float kRubbish[] = {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                                -std::numeric_limits<float>::infinity(), 3e38f, -3e38f, 1e-40f};
  for (auto* maps : {&scene.heatmaps, &scene.fields}) {
    for (std::size_t i = 0; rubbish && i < maps->size() / 20; ++i) {
      (*maps)[random.bits() % maps->size()] = kRubbish[random.below(6)];
    }
  }
  return scene;
}

void decode_scene(int index) {
  constexpr Options kAccurate{0.12f, 0.02f, 100, 10, 0.02f, 0.8f, 0.5f, 3, 0, 0.7f, 1};
  constexpr Options kGreedy{0.05f, 0.01f, 200, 7, 0, 0.5f, 0.1f, 1, 0, 0.9f, 1};
  Random random(index);
  const int keypoints = 1 + random.below(18);  // not as arguments: in which order those are evaluated is not defined
  const int people = random.below(12);
  const Scene scene = make_scene(random, keypoints, people, static_cast<float>(index % 3) * 0.05f, index % 4 == 3);
  Digest digest;
  std::size_t found = 0;
  for (const Options& options : {kAccurate, kGreedy}) {
    const Decoder decoder(scene.skeleton, options);
    const auto result = decoder.decode(scene.heatmap_batch(), scene.field_batch());
    digest.add(result->images[0].keypoints);
    digest.add(result->images[0].scores);
    found += result->images[0].scores.size();
  }
  std::printf("scene %3d: %4zu people, %016llx\n", index, found, digest.value());
}

void resize_image(int index) {
  constexpr const char* kEncodings[] = {"bgr8", "rgba8", "mono8", "yuv422_yuy2", "yuv422", "nv12", "nv21"};
  const char* encoding = kEncodings[index % 7];
  Random random(index);
  const int height = 2 + 2 * random.below(50);
  const int width = 2 + 2 * random.below(50);
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(height) * width * 4);
  for (auto& pixel : pixels) pixel = static_cast<std::uint8_t>(random.bits());
  const Image image{pixels.data(), width * find_encoding(encoding)->channels, height, width, find_encoding(encoding)};
  std::vector<std::uint8_t> input(80 * 80 * 3);
  const int fit_height = 1 + random.below(80);
  const int fit_width = 1 + random.below(80);
  resize(image, {input.data(), 80 * 3, 80, 80}, {fit_height, fit_width, index % 2 == 1, {1, 2, 3}});
  Digest digest;
  for (const std::uint8_t byte : input) digest.add(byte);
  std::printf("resize %3d: %s, %016llx\n", index, encoding, digest.value());
}

}  // namespace

int main() {
  for (int index = 0; index < 200; ++index) decode_scene(index);
  for (int index = 0; index < 140; ++index) resize_image(index);
}
