// SPDX-License-Identifier: MIT
// The sampler thread: keeps the time grid, runs the walks, fills the queue. It never touches JavaScript, so no garbage
// collection moves a sample.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "sampling/chunk_queue.h"
#include "sampling/task_walk.h"
#include "sampling/tracker.h"
#include "sampling/unwinding.h"

namespace xcap {

struct SamplerOptions {
  WalkOptions walk;
  TrackOptions track;
  double period_ns = 1e9;    // may have a fraction: a third of a second is no whole number
  uint64_t iterations = 0;   // stop after so many samples; 0: never
  uint64_t duration_ns = 0;  // stop after so long; 0: never
};

class Sampler {
 public:
  // Loads BPF. Throws Error; then nothing was started.
  explicit Sampler(const SamplerOptions& options);
  // Stops the thread at once and waits for it.
  ~Sampler();
  Sampler(const Sampler&) = delete;
  Sampler& operator=(const Sampler&) = delete;

  // Starts the thread. `on_data` is called on it whenever the queue has got something, and `on_end` as its last act.
  // Once only.
  void Start(std::function<void()> on_data, std::function<void()> on_end);

  // No further sample begins; the one under way is finished as soon as the queue takes it. Any thread, any number of
  // times, also before Start().
  void Stop();

  // Ends the thread at once, in the middle of a sample if need be. Waits for it, at most as long as one read takes.
  void Abort();

  // Size of the queue's chunks: room for several reads.
  static size_t ChunkBytes();

  ChunkQueue& queue() noexcept { return queue_; }
  bool uses_pid_iterator() const noexcept { return walk_.uses_pid_iterator(); }
  // The thread has got its realtime priority. Valid after Start().
  bool is_realtime() const noexcept { return is_realtime_; }

 private:
  struct Counters {
    uint64_t taken = 0, late = 0, missed = 0;
  };

  void Run(const std::function<void()>& on_data);
  // Samples until there is a reason to end. Counts in `counters`.
  void KeepGrid(Counters& counters, const std::function<void()>& on_data);
  // Waits until CLOCK_MONOTONIC has reached that time; false when stopped meanwhile.
  bool WaitUntil(uint64_t deadline_ns);
  // Where the walk's chunks go: to JavaScript, or to the thread that unwinds before that.
  ChunkQueue& walk_queue() noexcept;
  void Push(Chunk chunk, const std::function<void()>& on_data);
  // Calls `act` when all chunks pushed so far are in the queue for JavaScript.
  void AfterRows(std::function<void()> act);
  // One sample. False when it was aborted.
  bool Sample(const Counters& counters, uint64_t start_ns, uint64_t weight_ns, uint64_t late_ns,
              const std::function<void()>& on_data);

  const SamplerOptions options_;
  ChunkQueue queue_;
  std::unique_ptr<Unwinding> unwinding_;  // null: the walk unwinds
  Tracker tracker_;
  TaskWalk walk_;
  std::thread thread_;
  pthread_mutex_t mutex_;
  pthread_cond_t wake_;   // on CLOCK_MONOTONIC, which std::condition_variable does not promise
  bool stopped_ = false;  // under mutex_
  std::atomic<bool> aborted_{false};
  bool is_realtime_ = false;
};

}  // namespace xcap
