// What bodies are like, and the people of one image. Metres; depths are z in the camera's optical frame.
#pragma once

#include <array>
#include <cmath>
#include <limits>
#include <vector>

namespace trt_pose_ros::depth {

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();
constexpr double kNever = std::numeric_limits<double>::infinity();

struct Bone {
  int from;
  int to;
};

// Joints of a skeleton; lengths for a stature of 1. See trt_pose_ros.spatial.anatomy.
struct Body {
  int joints = 0;
  std::vector<int> order;        // from the middle outwards
  std::vector<double> radii;     // of each joint, from skin to joint
  std::vector<Bone> bones;
  std::vector<double> lengths;   // of each bone
  std::vector<double> nearest;   // joints x joints, how far two may be from each other
  std::vector<double> farthest;
  double stature = 0;            // of somebody nothing is known of
  double smallest = 0, tallest = 0;
  double long_bone = 0;          // bones longer than that tell the stature

  double at_least(int a, int b) const { return nearest[a * joints + b]; }
  double at_most(int a, int b) const { return farthest[a * joints + b]; }
};

struct Point {
  double x, y, z;
};

inline Point operator*(double k, const Point& p) { return {k * p.x, k * p.y, k * p.z}; }
inline Point operator-(const Point& a, const Point& b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
inline double dot(const Point& a, const Point& b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
inline double distance(const Point& a, const Point& b) { return std::sqrt(dot(a - b, a - b)); }

// One person as a network found it, with what a depth camera measured around the joints.
struct Seen {
  std::vector<char> found;      // of each joint
  std::vector<Point> rays;      // z = 1
  std::vector<double> scores;   // 0 to 1
  std::vector<double> samples;  // joints x samples, depths; NaN where nothing was measured
  int samples_each = 0;
  double middle = kNothing;     // depth that most of it is close to
};

}  // namespace trt_pose_ros::depth
