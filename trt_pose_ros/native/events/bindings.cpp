// The rules of events for Python: whatever does not fit together is refused here with an exception.
#include "../bindings.hpp"

#include <pybind11/stl.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "bodies.hpp"
#include "lasting.hpp"
#include "logic.hpp"
#include "polygons.hpp"
#include "turns.hpp"

namespace trt_pose_ros {
namespace {

template <typename Value>
using Exact = py::array_t<Value, py::array::c_style>;  // changed in place, so no copy may be passed

events::Table table_of(const Doubles& array, const std::string& name) {
  if (array.ndim() != 3) throw py::value_error(name + " must be [C, J, S], got shape " + shape_of(array));
  return {array.data(), static_cast<int>(array.shape(0)), static_cast<int>(array.shape(1)),
          static_cast<int>(array.shape(2))};
}

void check_row(int row, int rows, const std::string& name) {
  if (row >= 0 && row < rows) return;
  throw py::value_error(name + " has no row " + std::to_string(row) + ", there are " + std::to_string(rows));
}

// Whether it is about two, and its steps: what (0 condition, 1 all, 2 any, 3 not), of how many, whose (0 A, 1 B, 2
// both), row, sign, limit, keep.
using Steps = std::pair<bool, std::vector<std::tuple<int, int, int, int, double, double, double>>>;

class Logic {
 public:
  explicit Logic(const std::vector<Steps>& programs) {
    for (const auto& [of_two, steps] : programs) {
      events::Program program{of_two, {}};
      for (const auto& [op, count, whose, row, sign, limit, keep] : steps) {
        if (op < 0 || op > 3 || whose < 0 || whose > (of_two ? 2 : 0) || row < 0) {
          throw py::value_error("no such step: " + std::to_string(op) + " of " + std::to_string(whose) + ", row " +
                                std::to_string(row));
        }
        program.steps.push_back({static_cast<events::Op>(op), count, static_cast<events::Whose>(whose), row, sign,
                                 limit, keep});
        if (program.steps.back().op != events::Op::condition) continue;
        int& rows = program.steps.back().whose == events::Whose::both ? pairs_ : singles_;
        rows = std::max(rows, row + 1);
      }
      if (events::depth(program.steps) == 0) throw py::value_error("steps that are not a tree");
      programs_.push_back(std::move(program));
    }
  }

  py::array_t<std::int8_t> judge(const Doubles& singles, const Doubles& pairs, const Bools& active,
                                 const Bools& counted) const {
    if (singles.ndim() != 2 || singles.shape(0) < singles_) {
      throw py::value_error("singles must be [" + std::to_string(singles_) + " or more, S], got " + shape_of(singles));
    }
    const py::ssize_t people = singles.shape(1);
    check_shape(pairs, {std::max<py::ssize_t>(pairs.ndim() > 0 ? pairs.shape(0) : 0, pairs_), people, people}, "pairs");
    py::ssize_t count = 0;
    for (const events::Program& program : programs_) count += program.of_two ? people * people : people;
    check_shape(active, {count}, "active");
    check_shape(counted, {count}, "counted");
    py::array_t<std::int8_t> truth(count);
    events::judge(programs_, {singles.data(), pairs.data(), static_cast<int>(people)}, active.data(), counted.data(),
                  truth.mutable_data());
    return truth;
  }

 private:
  std::vector<events::Program> programs_;
  int singles_ = 0, pairs_ = 0;  // rows that are needed
};

py::tuple advance(const Exact<std::int8_t>& truth, double stamp, const Doubles& lasts, const Doubles& until,
                  const Doubles& gap, Exact<bool>& active, Exact<double>& began, Exact<double>& level,
                  Exact<bool>& agreed, Exact<double>& known) {
  const std::vector<py::ssize_t> shape{truth.size()};
  const std::vector<std::pair<const char*, py::array>> all{
      {"truth", truth}, {"lasts", lasts}, {"until", until}, {"gap", gap},     {"active", active},
      {"began", began}, {"level", level}, {"agreed", agreed}, {"known", known}};
  for (const auto& [name, array] : all) check_shape(array, shape, name);
  const events::Memory memory{static_cast<std::size_t>(truth.size()), active.mutable_data(), began.mutable_data(),
                              level.mutable_data(), agreed.mutable_data(), known.mutable_data()};
  const auto changes = events::advance(truth.data(), stamp, {lasts.data(), until.data(), gap.data()}, memory);
  return py::make_tuple(changes.started, changes.over, changes.lost);
}

Doubles locate(const Doubles& places, const Doubles& seen, const Doubles& weights, double min_score, double farthest) {
  const events::Table table = table_of(places, "places"), keypoints = table_of(seen, "seen");
  check_shape(seen, {3, table.rows, table.people}, "seen");
  if (table.coordinates < 1) throw py::value_error("places has no coordinates");
  check_shape(weights, {weights.ndim() > 0 ? weights.shape(0) : 0, table.rows}, "weights");
  const py::ssize_t means = weights.shape(0);
  Doubles made({places.shape(0), places.shape(1) + means + 1, places.shape(2)});
  events::locate(table, keypoints, weights.data(), static_cast<int>(means), min_score, farthest, made.mutable_data());
  return made;
}

class Build {
 public:
  Build(const std::vector<int>& starts, const std::vector<int>& ends, const std::vector<double>& relative, int limbs,
        double smallest)
      : build_{starts, ends, relative, limbs, smallest} {
    if (starts.size() % 2 != 0 || ends.size() != starts.size() || relative.size() != starts.size() || limbs < 0 ||
        2 * static_cast<std::size_t>(limbs) > starts.size()) {
      throw py::value_error("starts, ends and relative must have two entries for each limb and width");
    }
  }

  void settle(const Doubles& points, double share, Exact<double>& sizes) const {
    const events::Table table = table_of(points, "points");
    if (table.coordinates < 2) throw py::value_error("points must be [2, J, S], got " + shape_of(points));
    for (const int row : build_.starts) check_row(row, table.rows, "points");
    for (const int row : build_.ends) check_row(row, table.rows, "points");
    check_shape(sizes, {table.people}, "sizes");
    events::settle_sizes(table, build_, share, sizes.mutable_data());
  }

 private:
  events::Build build_;
};

class Reaches {
 public:
  Reaches(const std::vector<std::tuple<int, int, int, bool, bool>>& reaches, bool of_pairs) : of_pairs_(of_pairs) {
    for (const auto& [joint, start, end, joint_of_b, limb_of_b] : reaches) {
      reaches_.push_back({joint, start, end, joint_of_b && of_pairs, limb_of_b && of_pairs});
    }
  }

  Doubles measure(const Doubles& table, const Doubles& sizes) const {
    const events::Table places = table_of(table, "table");
    if (places.coordinates > 3) throw py::value_error("table has more than 3 coordinates: " + shape_of(table));
    check_shape(sizes, {places.people}, "sizes");
    for (const events::Reach& reach : reaches_) {
      for (const int row : {reach.joint, reach.start, reach.end}) check_row(row, places.rows, "table");
    }
    std::vector<py::ssize_t> shape{static_cast<py::ssize_t>(reaches_.size()), places.people};
    if (of_pairs_) shape.push_back(places.people);
    Doubles made(shape);
    events::distances(places, sizes.data(), reaches_, of_pairs_, made.mutable_data());
    return made;
  }

 private:
  std::vector<events::Reach> reaches_;
  bool of_pairs_;
};

Doubles depths_in_polygons(const Doubles& points, const Doubles& corners) {
  if (points.ndim() != 3 || corners.ndim() != 3) {
    throw py::value_error("points and corners must be [2, Q, ...], got " + shape_of(points) + " and " +
                          shape_of(corners));
  }
  const py::ssize_t polygons = points.shape(1), people = points.shape(2), each = corners.shape(2);
  check_shape(points, {2, polygons, people}, "points");
  check_shape(corners, {2, polygons, each}, "corners");
  Doubles depths({polygons, people});
  events::depths_in_polygons(points.data(), corners.data(), static_cast<int>(polygons), static_cast<int>(each),
                             static_cast<int>(people), depths.mutable_data());
  return depths;
}

void follow(const Doubles& places, const Doubles& amplitudes, double stamp, Exact<double>& farthest,
            Exact<double>& nearest, Exact<double>& heading, Exact<double>& before, Exact<double>& turned) {
  if (places.ndim() != 2) throw py::value_error("places must be [M, S], got " + shape_of(places));
  const py::ssize_t quantities = places.shape(0), people = places.shape(1);
  const std::vector<std::pair<const char*, py::array>> all{{"amplitudes", amplitudes}, {"farthest", farthest},
                                                           {"nearest", nearest},       {"heading", heading},
                                                           {"before", before}};
  for (const auto& [name, array] : all) check_shape(array, {quantities, people}, name);
  const py::ssize_t remembered = turned.ndim() > 0 ? turned.shape(0) : 0;
  check_shape(turned, {remembered, quantities, people}, "turned");
  if (remembered < 1) throw py::value_error("turned remembers nothing");
  events::follow(places.data(), amplitudes.data(), stamp,
                 {static_cast<std::size_t>(places.size()), farthest.mutable_data(), nearest.mutable_data(),
                  heading.mutable_data(), before.mutable_data(), turned.mutable_data(),
                  static_cast<std::size_t>(remembered)});
}

}  // namespace

void bind_events(py::module_& module) {
  py::class_<Logic>(module, "Logic")
      .def(py::init<const std::vector<Steps>&>(), py::arg("programs"))
      .def("judge", &Logic::judge, py::arg("singles"), py::arg("pairs"), py::arg("active"), py::arg("counted"));
  module.def("advance", &advance, py::arg("truth").noconvert(), py::arg("stamp"), py::arg("lasts"), py::arg("until"),
             py::arg("gap"), py::arg("active").noconvert(), py::arg("began").noconvert(), py::arg("level").noconvert(),
             py::arg("agreed").noconvert(), py::arg("known").noconvert());
  module.def("locate", &locate, py::arg("places"), py::arg("seen"), py::arg("weights"), py::arg("min_score"),
             py::arg("farthest"));
  py::class_<Build>(module, "Build")
      .def(py::init<const std::vector<int>&, const std::vector<int>&, const std::vector<double>&, int, double>(),
           py::arg("starts"), py::arg("ends"), py::arg("relative"), py::arg("limbs"), py::arg("smallest"))
      .def("settle", &Build::settle, py::arg("points"), py::arg("share"), py::arg("sizes").noconvert());
  py::class_<Reaches>(module, "Reaches")
      .def(py::init<const std::vector<std::tuple<int, int, int, bool, bool>>&, bool>(), py::arg("reaches"),
           py::arg("of_pairs"))
      .def("measure", &Reaches::measure, py::arg("table"), py::arg("sizes"));
  module.def("depths_in_polygons", &depths_in_polygons, py::arg("points"), py::arg("corners"));
  module.def("follow", &follow, py::arg("places"), py::arg("amplitudes"), py::arg("stamp"),
             py::arg("farthest").noconvert(), py::arg("nearest").noconvert(), py::arg("heading").noconvert(),
             py::arg("before").noconvert(), py::arg("turned").noconvert());
}

}  // namespace trt_pose_ros
