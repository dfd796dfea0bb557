// Work on the images of a batch, shared by threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace trt_pose_ros {

// How many threads are of use for a batch; at least 1.
inline int useful_threads(int threads, int images) { return std::max(1, std::min(threads, images)); }

// Calls work(thread, image) once for every image, from `threads` threads numbered from 0, of which the calling one is the
// first. If a call throws, the exception is thrown on when all threads have ended.
template <typename Work>
void for_each_image(int threads, int images, const Work& work) {
  std::atomic<int> next{0};
  std::exception_ptr failure;
  std::mutex failing;
  const auto take_images = [&](int thread) {
    try {
      for (int image = next++; image < images; image = next++) work(thread, image);
    } catch (...) {
      const std::lock_guard<std::mutex> lock(failing);
      failure = std::current_exception();
    }
  };
  std::vector<std::thread> helpers;
  helpers.reserve(threads - 1);
  try {
    for (int thread = 1; thread < threads; ++thread) helpers.emplace_back(take_images, thread);
  } catch (const std::system_error&) {
    // The system has no more threads to give: those there are do the work.
  }
  take_images(0);
  for (auto& helper : helpers) helper.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace trt_pose_ros
