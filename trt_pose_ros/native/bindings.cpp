// The only file that knows Python. PoseDecoder prepares the arguments; whatever else comes is refused here, or by what
// is called, with an exception: nothing that Python code can pass may crash or read outside an array.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "build_info.hpp"
#include "paf/decoder.hpp"

namespace py = pybind11;

namespace trt_pose_ros {
namespace {

// Larger maps than any network's, and small enough that every index into one fits an int and every coordinate a float.
constexpr py::ssize_t kMaxSide = 1 << 15;
constexpr py::ssize_t kMaxImages = 1 << 20;

std::string shape_of(const py::array& array) {
  return py::str(py::list(array.attr("shape"))).cast<std::string>();
}

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

PYBIND11_MODULE(_native, module, py::mod_gil_not_used()) {
  using namespace trt_pose_ros;
  module.doc() = "The compiled part of trt_pose_ros; use PoseDecoder.";
  module.def("build_info", &described_build);
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
}
