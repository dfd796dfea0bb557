// What is true of people by some rules, in three-valued logic (Kleene): true is 1, unknown 0 and false -1.
#pragma once

#include <cstdint>
#include <vector>

namespace trt_pose_ros::events {

enum class Op { condition, all, any, negation };
enum class Whose { a, b, both };  // one person, who is A of a pair; B; a value of the pair

// A step of a tree of conditions, of which the parts stand before what combines them.
struct Step {
  Op op;
  int count;  // of truths that all or any combine
  Whose whose;
  int row;      // of what was measured
  double sign;  // 1 where the limits are the least, -1 where they are the most
  double limit, keep;  // for a start and for going on
};

// A rule at one of its zones.
struct Program {
  bool of_two;
  std::vector<Step> steps;
};

// What was measured of `people`: rows x people, and rows x people x people with A before B; NaN where unknown.
struct Measured {
  const double* singles;
  const double* pairs;
  int people;
};

// The most truths that a program remembers at once, 0 for one that is not well formed.
int depth(const std::vector<Step>& steps);

// The truth of each program for each person, or pair: by the limit for going on where it is active, and unknown where
// it does not count. Arrays have one entry for each person or pair of the first program, then of the next.
void judge(const std::vector<Program>& programs, const Measured& measured, const bool* active, const bool* counted,
           std::int8_t* truth);

}  // namespace trt_pose_ros::events
