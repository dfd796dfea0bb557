// The only file that knows Python. Arguments are checked in decode.py; what would crash is checked here again.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <stdexcept>
#include <tuple>

#include "decoder.hpp"

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
  std::vector<Decoded> results;
  {
    const py::gil_scoped_release released;
    decoder.decode(heatmaps, fields, results);
  }
  const auto keypoints = static_cast<py::ssize_t>(skeleton.keypoint_channels.size());
  py::list images;
  for (const Decoded& result : results) {
    const auto people = static_cast<py::ssize_t>(result.scores.size());
    images.append(py::make_tuple(py::array_t<float>({people, keypoints, py::ssize_t{3}}, result.keypoints.data()),
                                 py::array_t<float>({people}, result.scores.data())));
  }
  return images;
}

}  // namespace
}  // namespace trt_pose_ros

PYBIND11_MODULE(_decoder, module) {
  using namespace trt_pose_ros;
  module.doc() = "Native part of trt_pose_ros.decode; use PoseDecoder.";
  py::class_<Options>(module, "Options")
      .def(py::init<>())
#define OPTION(name) .def_readwrite(#name, &Options::name)
      OPTION(peak_threshold) OPTION(weak_peak_threshold) OPTION(max_peaks) OPTION(link_samples) OPTION(link_threshold)
      OPTION(sample_threshold) OPTION(link_agreement) OPTION(min_keypoints) OPTION(min_score) OPTION(nms_threshold)
      OPTION(threads);
#undef OPTION
  py::class_<Decoder>(module, "Decoder")
      .def(py::init([](std::vector<int> keypoint_channels, const std::vector<std::tuple<int, int, int, int>>& links,
                       std::vector<float> sigmas, const Options& options) {
        Skeleton skeleton{std::move(keypoint_channels), {}, std::move(sigmas)};
        for (const auto& [from, to, x, y] : links) skeleton.links.push_back({from, to, x, y});
        return std::make_unique<Decoder>(std::move(skeleton), options);
      }))
      .def("decode", &decode, py::arg("cmap").noconvert(), py::arg("paf").noconvert());
}
