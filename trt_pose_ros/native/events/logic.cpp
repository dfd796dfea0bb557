#include "logic.hpp"

#include <algorithm>
#include <cstddef>

namespace trt_pose_ros::events {
namespace {

std::int8_t condition(const Step& step, const Measured& measured, int a, int b, bool active) {
  const std::size_t people = measured.people, row = step.row * people;
  const double value = step.whose == Whose::both ? measured.pairs[(row + a) * people + b]
                                                 : measured.singles[row + (step.whose == Whose::b ? b : a)];
  const double signed_value = value * step.sign, limit = (active ? step.keep : step.limit) * step.sign;
  return static_cast<std::int8_t>((signed_value >= limit) - (signed_value < limit));  // NaN is neither
}

std::int8_t run(const std::vector<Step>& steps, const Measured& measured, int a, int b, bool active,
                std::int8_t* top) {
  for (const Step& step : steps) {
    switch (step.op) {
      case Op::condition:
        *top++ = condition(step, measured, a, b, active);
        break;
      case Op::negation:
        top[-1] = static_cast<std::int8_t>(-top[-1]);
        break;
      case Op::all:
        top -= step.count - 1;
        top[-1] = *std::min_element(top - 1, top - 1 + step.count);
        break;
      case Op::any:
        top -= step.count - 1;
        top[-1] = *std::max_element(top - 1, top - 1 + step.count);
        break;
    }
  }
  return top[-1];
}

}  // namespace

int depth(const std::vector<Step>& steps) {
  int now = 0, most = 0;
  for (const Step& step : steps) {
    const int taken = step.op == Op::condition ? 0 : step.op == Op::negation ? 1 : step.count;
    if (taken > now || (taken < 1 && step.op != Op::condition)) return 0;
    now += 1 - taken;
    most = std::max(most, now);
  }
  return now == 1 ? most : 0;
}

void judge(const std::vector<Program>& programs, const Measured& measured, const bool* active, const bool* counted,
           std::int8_t* truth) {
  int most = 0;
  for (const Program& program : programs) most = std::max(most, depth(program.steps));
  std::vector<std::int8_t> stack(most);
  std::size_t i = 0;
  for (const Program& program : programs) {
    for (int a = 0; a < measured.people; ++a) {
      for (int b = 0; b < (program.of_two ? measured.people : 1); ++b, ++i) {
        truth[i] = 0;
        if (counted[i]) truth[i] = run(program.steps, measured, a, b, active[i], stack.data());
      }
    }
  }
}

}  // namespace trt_pose_ros::events
