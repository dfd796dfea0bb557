// The only file that knows Python. Arguments are checked in decode.py; what would crash is checked here again.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "build_info.hpp"
#include "paf/decoder.hpp"

namespace py = pybind11;

namespace trt_pose_ros {
namespace {

using Array = py::array_t<float, py::array::forcecast>;

Batch batch_of(const Array& maps, const char* name) {
  constexpr auto cell = static_cast<py::ssize_t>(sizeof(float));
  if (maps.ndim() != 4) throw std::invalid_argument(std::string(name) + " must have 4 dimensions");
  const bool empty = maps.size() == 0;
  const bool dense = (maps.shape(3) <= 1 || maps.strides(3) == cell) &&
                     (maps.shape(2) <= 1 || maps.strides(2) == maps.shape(3) * cell);
  if (!empty && !dense) throw std::invalid_argument(std::string(name) + " must have contiguous rows");
  return {maps.data(),
          maps.strides(0) / cell,
          maps.strides(1) / cell,
          static_cast<int>(maps.shape(0)),
          static_cast<int>(maps.shape(2)),
          static_cast<int>(maps.shape(3))};
}

py::list decode(const Decoder& decoder, const Array& cmap, const Array& paf) {
  const Batch heatmaps = batch_of(cmap, "cmap");
  const Batch fields = batch_of(paf, "paf");
  const Skeleton& skeleton = decoder.skeleton();
  for (const int channel : skeleton.keypoint_channels) {
    if (channel < 0 || channel >= cmap.shape(1)) throw std::invalid_argument("cmap has too few channels");
  }
  for (const Link& link : skeleton.links) {
    if (std::min(link.x_channel, link.y_channel) < 0 || std::max(link.x_channel, link.y_channel) >= paf.shape(1)) {
      throw std::invalid_argument("paf has too few channels");
    }
  }
  if (!skeleton.links.empty() && (heatmaps.images != fields.images || heatmaps.height != fields.height ||
                                  heatmaps.width != fields.width)) {
    throw std::invalid_argument("cmap and paf differ in batch, height or width");
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
                       std::vector<float> sigmas, const Options& options) {
        Skeleton skeleton{std::move(keypoint_channels), {}, std::move(sigmas)};
        for (const auto& [from, to, x, y] : links) {
          if (std::min(from, to) < 0 || std::max(from, to) >= skeleton.size()) {
            throw std::invalid_argument("a link joins keypoints that there are not");
          }
          skeleton.links.push_back({from, to, x, y});
        }
        if (skeleton.sigmas.size() != skeleton.keypoint_channels.size()) {
          throw std::invalid_argument("there must be as many sigmas as keypoints");
        }
        return std::make_unique<Decoder>(std::move(skeleton), options);
      }))
      .def("decode", &decode, py::arg("cmap").noconvert(), py::arg("paf").noconvert());
}
