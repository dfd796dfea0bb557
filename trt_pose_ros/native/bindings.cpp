// Only files of this name know Python. PoseDecoder prepares the arguments; whatever else comes is refused here, or by
// what is called, with an exception: nothing that Python code can pass may crash or read outside an array.
#include "bindings.hpp"

#include <pybind11/stl.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "build_info.hpp"
#include "depth/candidates.hpp"
#include "depth/joints.hpp"
#include "paf/decoder.hpp"
#include "parallel.hpp"
#include "preprocess/resize.hpp"

namespace trt_pose_ros {
namespace {

// Larger than any map or image, and small enough that every index into one fits an int and every coordinate a float.
constexpr py::ssize_t kMaxSide = 1 << 15;
constexpr py::ssize_t kMaxImages = 1 << 20;
constexpr int kMaxThreads = 256;

// float32 [images, channels, height, width] whose rows have no gaps, as the decoder reads it in place.
Batch batch_of(const py::array& maps, const std::string& name) {
  constexpr auto cell = static_cast<py::ssize_t>(sizeof(float));
  if (!py::isinstance<py::array_t<float>>(maps)) {
    throw py::type_error(name + " must be float32, got " + py::str(maps.dtype()).cast<std::string>());
  }
  if (maps.ndim() != 4) {
    throw py::value_error(name + " must be [images, channels, height, width], got shape " + shape_of(maps));
  }
  if (maps.shape(0) > kMaxImages || std::max(maps.shape(2), maps.shape(3)) > kMaxSide) {
    throw py::value_error(name + " of shape " + shape_of(maps) + " is too large");
  }
  const bool dense = (maps.shape(3) <= 1 || maps.strides(3) == cell) &&
                     (maps.shape(2) <= 1 || maps.strides(2) == maps.shape(3) * cell);
  const bool aligned = (maps.flags() & py::detail::npy_api::NPY_ARRAY_ALIGNED_) != 0;
  if (maps.size() != 0 && !(dense && aligned)) {
    throw py::value_error(name + " must be aligned and its last two dimensions contiguous");
  }
  return {static_cast<const float*>(maps.data()),
          maps.strides(0) / cell,
          maps.strides(1) / cell,
          static_cast<int>(maps.shape(0)),
          static_cast<int>(maps.shape(2)),
          static_cast<int>(maps.shape(3))};
}

void check_channel(int channel, const py::array& maps, const std::string& name) {
  if (channel < maps.shape(1)) return;
  throw py::value_error(name + " of shape " + shape_of(maps) + " has no channel " + std::to_string(channel));
}

py::list decode(const Decoder& decoder, const py::array& cmap, const py::array& paf) {
  const Batch heatmaps = batch_of(cmap, "cmap");
  const Batch fields = batch_of(paf, "paf");
  const Skeleton& skeleton = decoder.skeleton();
  for (const int channel : skeleton.keypoint_channels) check_channel(channel, cmap, "cmap");
  for (const Link& link : skeleton.links) check_channel(std::max(link.x_channel, link.y_channel), paf, "paf");
  if (!skeleton.links.empty() && (heatmaps.images != fields.images || heatmaps.height != fields.height ||
                                  heatmaps.width != fields.width)) {
    throw py::value_error("cmap " + shape_of(cmap) + " and paf " + shape_of(paf) +
                          " must agree in batch size, height and width");
  }
  Decoder::Lease workspace;
  {
    const py::gil_scoped_release released;
    workspace = decoder.decode(heatmaps, fields);
  }
  const auto keypoints = static_cast<py::ssize_t>(skeleton.size());
  py::list images;
  for (int image = 0; image < heatmaps.images; ++image) {
    const Decoded& found = workspace->images[image];
    const auto people = static_cast<py::ssize_t>(found.scores.size());
    images.append(py::make_tuple(py::array_t<float>({people, keypoints, py::ssize_t{3}}, found.keypoints.data()),
                                 py::array_t<float>({people}, found.scores.data())));
  }
  return images;
}

std::string named(const char* name, std::size_t index) { return std::string(name) + "[" + std::to_string(index) + "]"; }

// An image as a camera sent it: uint8 [rows, width, channels], or [rows, width] where a pixel has one byte; the rows may
// be any number of bytes apart.
Image image_of(const py::array& pixels, const std::string& name, const std::string& encoding_name) {
  const Encoding* encoding = find_encoding(encoding_name);
  if (encoding == nullptr) {
    throw py::value_error(name + " has encoding '" + encoding_name + "', known are " + encoding_names());
  }
  const bool flat = encoding->channels == 1 && pixels.ndim() == 2;
  const bool deep = pixels.ndim() == 3 && pixels.shape(2) == encoding->channels;
  if (!py::isinstance<py::array_t<std::uint8_t>>(pixels) || !(flat || deep)) {
    throw py::value_error(name + " in " + encoding_name + " must be uint8 [rows, width, " +
                          std::to_string(encoding->channels) + "], got " +
                          py::str(pixels.dtype()).cast<std::string>() + " " + shape_of(pixels));
  }
  const py::ssize_t rows = pixels.shape(0), width = pixels.shape(1);
  if (rows == 0 || width == 0) throw py::value_error(name + " is empty: " + shape_of(pixels));
  if (std::max(rows, width) > kMaxSide) throw py::value_error(name + " of shape " + shape_of(pixels) + " is too large");
  if ((encoding->subsampled() && width % 2 != 0) || (encoding->layout == Layout::yuv420 && rows % 3 != 0)) {
    throw py::value_error(name + " of shape " + shape_of(pixels) + " cannot be " + encoding_name +
                          ": pixels share their colour, so the width must be even" +
                          (encoding->layout == Layout::yuv420 ? " and the rows 1.5 times an even height" : ""));
  }
  const bool dense = (width == 1 || pixels.strides(1) == encoding->channels) &&
                     (flat || encoding->channels == 1 || pixels.strides(2) == 1);
  if (!dense) throw py::value_error(name + " must have rows without gaps between pixels");
  const auto height = encoding->layout == Layout::yuv420 ? rows * 2 / 3 : rows;
  return {static_cast<const std::uint8_t*>(pixels.data()), pixels.strides(0), static_cast<int>(height),
          static_cast<int>(width), encoding};
}

// The network's input, uint8 [images, height, width, 3], as one Canvas an image.
std::vector<Canvas> canvases_of(py::array& inputs, std::size_t count) {
  if (!py::isinstance<py::array_t<std::uint8_t>>(inputs) || inputs.ndim() != 4 || inputs.shape(3) != 3) {
    throw py::value_error("inputs must be uint8 [images, height, width, 3], got " +
                          py::str(inputs.dtype()).cast<std::string>() + " " + shape_of(inputs));
  }
  if (!inputs.writeable()) throw py::value_error("inputs is read-only");
  if (inputs.shape(0) < static_cast<py::ssize_t>(count)) {
    throw py::value_error("inputs has room for " + std::to_string(inputs.shape(0)) + " images, got " +
                          std::to_string(count));
  }
  if (std::max(inputs.shape(1), inputs.shape(2)) > kMaxSide) {
    throw py::value_error("inputs of shape " + shape_of(inputs) + " is too large");
  }
  const bool dense = inputs.strides(3) == 1 && (inputs.shape(2) <= 1 || inputs.strides(2) == 3);
  if (inputs.size() != 0 && !dense) throw py::value_error("inputs must have rows without gaps between pixels");
  std::vector<Canvas> canvases;
  auto* pixels = static_cast<std::uint8_t*>(inputs.mutable_data());
  for (std::size_t i = 0; i < count; ++i) {
    canvases.push_back({pixels + static_cast<py::ssize_t>(i) * inputs.strides(0), inputs.strides(1),
                        static_cast<int>(inputs.shape(1)), static_cast<int>(inputs.shape(2))});
  }
  return canvases;
}

void resize_into(const std::vector<py::array>& images, const std::vector<std::string>& encodings, py::array& inputs,
                 const std::vector<std::pair<int, int>>& sizes, const std::string& color,
                 const std::array<std::uint8_t, 3>& pad, int threads) {
  if (encodings.size() != images.size()) {
    throw py::value_error("encodings has " + std::to_string(encodings.size()) + " values for " +
                          std::to_string(images.size()) + " images");
  }
  if (sizes.size() != images.size()) {
    throw py::value_error("sizes has " + std::to_string(sizes.size()) + " values for " +
                          std::to_string(images.size()) + " images");
  }
  if (color != "bgr" && color != "rgb") throw py::value_error("color must be 'bgr' or 'rgb', got '" + color + "'");
  if (threads < 1 || threads > kMaxThreads) {
    throw py::value_error("threads is " + std::to_string(threads) + ", must be at least 1 and at most " +
                          std::to_string(kMaxThreads));
  }
  const std::vector<Canvas> canvases = canvases_of(inputs, images.size());
  std::vector<Image> sources;
  std::vector<Fit> fits;
  for (std::size_t i = 0; i < images.size(); ++i) {
    sources.push_back(image_of(images[i], named("images", i), encodings[i]));
    const auto [height, width] = sizes[i];
    if (height < 1 || width < 1 || height > canvases[i].height || width > canvases[i].width) {
      throw py::value_error(named("sizes", i) + " is " + std::to_string(height) + " x " + std::to_string(width) +
                            ", must be at least 1 x 1 and at most " + std::to_string(canvases[i].height) + " x " +
                            std::to_string(canvases[i].width));
    }
    fits.push_back({height, width, color == "rgb", pad});
  }
  const py::gil_scoped_release released;
  const int count = static_cast<int>(images.size());
  for_each_image(useful_threads(threads, count), count,
                 [&](int, int image) { resize(sources[image], canvases[image], fits[image]); });
}

std::vector<double> numbers(const Doubles& array) { return {array.data(), array.data() + array.size()}; }

depth::Body body_of(const std::vector<int>& order, const Doubles& radii, const std::vector<std::pair<int, int>>& bones,
             const Doubles& lengths, const Doubles& nearest, const Doubles& farthest, double stature,
             std::pair<double, double> statures, double long_bone) {
  const auto count = static_cast<py::ssize_t>(order.size());
  std::vector<int> sorted = order;
  std::sort(sorted.begin(), sorted.end());
  for (int i = 0; i < count; ++i) {
    if (sorted[i] != i) throw py::value_error("order must hold each joint from 0 to " + std::to_string(count - 1));
  }
  check_shape(radii, {count}, "radii");
  check_shape(lengths, {static_cast<py::ssize_t>(bones.size())}, "lengths");
  check_shape(nearest, {count, count}, "nearest");
  check_shape(farthest, {count, count}, "farthest");
  depth::Body body{static_cast<int>(count), order,     numbers(radii), {},
                   numbers(lengths),        numbers(nearest), numbers(farthest), stature,
                   statures.first,          statures.second, long_bone};
  for (const auto& [from, to] : bones) {
    if (std::min(from, to) < 0 || std::max(from, to) >= count) {
      throw py::value_error("a bone joins joints " + std::to_string(from) + " and " + std::to_string(to) +
                            ", there are 0 to " + std::to_string(count - 1));
    }
    body.bones.push_back({from, to});
  }
  return body;
}

py::tuple locate_joints(const depth::Body& body, const Bools& found, const Doubles& rays, const Doubles& scores,
                        const Doubles& samples, const Doubles& middles) {
  const py::ssize_t people = middles.size(), joints = body.joints;
  const py::ssize_t each = samples.ndim() == 3 ? samples.shape(2) : 0;
  check_shape(middles, {people}, "middles");
  check_shape(found, {people, joints}, "found");
  check_shape(rays, {people, joints, 3}, "rays");
  check_shape(scores, {people, joints}, "scores");
  check_shape(samples, {people, joints, each}, "samples");
  std::vector<depth::Seen> seen(people);
  for (py::ssize_t i = 0; i < people; ++i) {
    seen[i].samples_each = static_cast<int>(each);
    seen[i].middle = middles.at(i);
    seen[i].samples.assign(samples.data() + i * joints * each, samples.data() + (i + 1) * joints * each);
    for (py::ssize_t j = 0; j < joints; ++j) {
      const depth::Point ray{rays.at(i, j, 0), rays.at(i, j, 1), rays.at(i, j, 2)};
      const double score = scores.at(i, j);
      const bool usable = std::isfinite(ray.x) && std::isfinite(ray.y) && std::isfinite(ray.z) && std::isfinite(score);
      seen[i].found.push_back(found.at(i, j) && usable ? 1 : 0);
      seen[i].rays.push_back(ray);
      seen[i].scores.push_back(score);
    }
  }
  std::vector<depth::Located> located;
  {
    const py::gil_scoped_release released;
    located = depth::locate(seen, body);
  }
  Doubles depths({people, joints}), stddevs({people, joints});
  for (py::ssize_t i = 0; i < people; ++i) {
    std::copy(located[i].z.begin(), located[i].z.end(), depths.mutable_data() + i * joints);
    std::copy(located[i].stddevs.begin(), located[i].stddevs.end(), stddevs.mutable_data() + i * joints);
  }
  return py::make_tuple(depths, stddevs);
}

Doubles middles_of(const Doubles& depths) {
  if (depths.ndim() != 2) throw py::value_error("depths must be [people, N], got shape " + shape_of(depths));
  Doubles middles(depths.shape(0));
  for (py::ssize_t i = 0; i < depths.shape(0); ++i) {
    const double* row = depths.data() + i * depths.shape(1);
    middles.mutable_at(i) = depth::commonest({row, row + depths.shape(1)});
  }
  return middles;
}

py::dict described_build() {
  const BuildInfo info = build_info();
  py::dict result;
  result["version"] = info.version;
  result["compiler"] = info.compiler;
  result["build_type"] = info.build_type;
  result["architecture"] = info.architecture;
  result["simd"] = info.simd;
  return result;
}

}  // namespace
}  // namespace trt_pose_ros

// pybind11 knows how to do without the GIL from 2.13 on; Ubuntu 22.04 and 24.04, on which Humble to Kilted stand, have
// 2.9 and 2.11.
#if PYBIND11_VERSION_HEX >= 0x020D0000
PYBIND11_MODULE(_native, module, pybind11::mod_gil_not_used()) {
#else
PYBIND11_MODULE(_native, module) {
#endif
  using namespace trt_pose_ros;
  module.doc() = "The compiled part of trt_pose_ros; use PoseDecoder.";
  module.def("build_info", &described_build);
  module.def("resize_into", &resize_into, py::arg("images"), py::arg("encodings"), py::arg("inputs").noconvert(),
             py::arg("sizes"), py::kw_only(), py::arg("color") = "bgr",
             py::arg("pad") = std::array<std::uint8_t, 3>{0, 0, 0}, py::arg("threads") = 1);
  py::class_<Options>(module, "Options")
      .def(py::init<>())
      .def_readwrite("peak_threshold", &Options::peak_threshold)
      .def_readwrite("weak_peak_threshold", &Options::weak_peak_threshold)
      .def_readwrite("max_peaks", &Options::max_peaks)
      .def_readwrite("link_samples", &Options::link_samples)
      .def_readwrite("link_threshold", &Options::link_threshold)
      .def_readwrite("link_agreement", &Options::link_agreement)
      .def_readwrite("share_threshold", &Options::share_threshold)
      .def_readwrite("min_keypoints", &Options::min_keypoints)
      .def_readwrite("min_score", &Options::min_score)
      .def_readwrite("nms_threshold", &Options::nms_threshold)
      .def_readwrite("threads", &Options::threads);
  py::class_<Decoder>(module, "Decoder")
      .def(py::init([](std::vector<int> keypoint_channels, const std::vector<std::tuple<int, int, int, int>>& links,
                       std::vector<float> tolerances, const Options& options) {
        Skeleton skeleton{std::move(keypoint_channels), {}, std::move(tolerances)};
        for (const auto& [from, to, x, y] : links) skeleton.links.push_back({from, to, x, y});
        return std::make_unique<Decoder>(std::move(skeleton), options);
      }), py::arg("keypoint_channels"), py::arg("links"), py::arg("tolerances"), py::arg("options"))
      .def("decode", &decode, py::arg("cmap").noconvert(), py::arg("paf").noconvert());
  py::class_<depth::Body>(module, "Body")
      .def(py::init(&body_of), py::kw_only(), py::arg("order"), py::arg("radii"), py::arg("bones"), py::arg("lengths"),
           py::arg("nearest"), py::arg("farthest"), py::arg("stature"), py::arg("statures"), py::arg("long_bone"))
      .def("locate", &locate_joints, py::arg("found"), py::arg("rays"), py::arg("scores"), py::arg("samples"),
           py::arg("middles"));
  module.def("commonest", &middles_of, py::arg("depths"));
  bind_events(module);
}
