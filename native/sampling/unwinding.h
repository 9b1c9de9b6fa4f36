// SPDX-License-Identifier: MIT
// User stacks by unwind tables: a stage between the sampler thread and the queue for JavaScript. What the walk has copied of a
// thread's registers and stack becomes the frames of a stack, told once, and its hash in the rows.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "sampling/chunk_queue.h"

struct xcap_raw_stack;
struct xcap_unwinder;

namespace xcap {

class Unwinding {
 public:
  // False when it was built without the library for it (native/rust).
  static bool IsBuiltIn();

  // `out` takes what comes of it; on_data is called whenever it has got something.
  Unwinding(size_t chunk_bytes, size_t chunks, ChunkQueue& out);
  // Ends the thread.
  ~Unwinding();
  Unwinding(const Unwinding&) = delete;
  Unwinding& operator=(const Unwinding&) = delete;

  // Starts the thread, which is one of those that keep capabilities (capabilities.h) when this returns.
  void Start(std::function<void()> on_data);

  // Where the sampler thread puts its chunks.
  ChunkQueue& in() noexcept { return in_; }
  // Sampler thread: `in` has got something.
  void Wake();
  // Sampler thread: calls it when all that is in `in` now has gone through.
  void Then(std::function<void()> act);
  // Sampler thread: waits until all has gone through; false when aborted.
  bool Drain();
  // Any thread but its own. Ends it at the next entry, and waits for that.
  void Stop();

 private:
  void Abort();
  struct Frames {
    uint64_t hash;
    uint32_t tgid;
    uint16_t unwinder;
    std::vector<uint64_t> addresses;
  };
  // What the rows of a thread say in place of a hash.
  struct Place {
    uint64_t id = 0;
    std::shared_ptr<const Frames> frames;
  };

  void Run();
  void Pass(const uint8_t* data, size_t size);
  void Unwind(const xcap_raw_stack* raw);
  // Tells a row's stack if nobody knows it, and gives its hash.
  uint64_t Tell(uint64_t id);
  // Room in the present chunk of `out`; null when aborted.
  uint8_t* Room(size_t bytes);
  void HandOver();

  ChunkQueue in_;
  ChunkQueue& out_;
  std::function<void()> on_data_;
  std::mutex mutex_;
  std::condition_variable wake_, drained_;
  std::deque<std::pair<uint64_t, std::function<void()>>> acts_;  // guarded by mutex_: after how many chunks
  uint64_t put_ = 0, passed_ = 0;                                // guarded by mutex_: chunks
  bool has_started_ = false;                                     // guarded by mutex_
  bool is_stopped_ = false;                                      // guarded by mutex_
  std::atomic<bool> is_aborted_{false};

  // The rest is the thread's own.
  std::unique_ptr<xcap_unwinder, void (*)(xcap_unwinder*)> unwinder_;  // null without memory
  std::vector<Place> places_;
  std::unordered_map<uint64_t, std::weak_ptr<const Frames>> frames_;
  std::unordered_set<uint64_t> known_;
  Chunk chunk_;
  std::thread thread_;  // last: it uses the others
};

}  // namespace xcap
