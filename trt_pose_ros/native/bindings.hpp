// What the files that know Python share.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <string>
#include <vector>

namespace trt_pose_ros {

namespace py = pybind11;

using Doubles = py::array_t<double, py::array::c_style | py::array::forcecast>;
using Bools = py::array_t<bool, py::array::c_style | py::array::forcecast>;

inline std::string shape_of(const py::array& array) {
  return py::str(py::list(array.attr("shape"))).cast<std::string>();
}

inline void check_shape(const py::array& array, const std::vector<py::ssize_t>& shape, const std::string& name) {
  if (std::vector<py::ssize_t>(array.shape(), array.shape() + array.ndim()) == shape) return;
  throw py::value_error(name + " has shape " + shape_of(array) + ", must be " +
                        py::str(py::list(py::cast(shape))).cast<std::string>());
}

void bind_events(py::module_& module);  // events/bindings.cpp

}  // namespace trt_pose_ros
