// How far away each joint may be: by what was measured around it, and by what may hide it.
#pragma once

#include "body.hpp"

namespace trt_pose_ros::depth {

constexpr int kMeasured = 5;  // candidates a joint that were measured
constexpr int kHidden = 16;   // and behind what was measured
constexpr int kCandidates = kMeasured + kHidden;

struct Candidate {
  double z = kNothing;
  double cost = kNever;  // how implausible it is by itself; infinite where there is none
};

using Candidates = std::array<Candidate, kCandidates>;

// The depth that most of `depths` are close to, NaN ones aside: the mean around the nearest with the most neighbours.
double commonest(std::vector<double> depths);

// A person's joints with the first kMeasured candidates, and in `surfaces` the nearest that was measured around each.
std::vector<Candidates> measured(const Seen& seen, const Body& body, std::vector<double>& surfaces);

// Fills in the others: places around the middle of the body, cheap behind a surface and for joints of a low score.
void add_hidden(std::vector<Candidates>& joints, const Seen& seen, double middle, const std::vector<double>& surfaces);

}  // namespace trt_pose_ros::depth
