// SPDX-License-Identifier: MIT User stacks by unwind tables: a stage, on a thread of its own, between the sampler
// thread and the queue for JavaScript. Of each thread the walk has copied registers and a slice of the stack. This
// stage unwinds them, emits each stack once, and puts its hash into the rows.
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

  // `out` receives the entries with hashes and stacks; on_data is called whenever it has got a chunk.
  Unwinding(size_t chunk_bytes, size_t chunks, ChunkQueue& out);
  // Ends the thread.
  ~Unwinding();
  Unwinding(const Unwinding&) = delete;
  Unwinding& operator=(const Unwinding&) = delete;

  // Starts the thread. When this returns it is a SymbolThread (capabilities.h), which keeps its capabilities.
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
  // The stack that a row names by the number of its slice, in place of a hash.
  struct Place {
    uint64_t id = 0;
    std::shared_ptr<const Frames> frames;
  };

  void Run();
  void Pass(const uint8_t* data, size_t size);
  void Unwind(const xcap_raw_stack* raw);
  // Emits the stack of a slice, unless it has been emitted already. Returns its hash; 0: there is none.
  uint64_t EmitStack(uint64_t id);
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
  std::unordered_set<uint64_t> emitted_;
  Chunk chunk_;
  std::thread thread_;  // last: it uses the others
};

}  // namespace xcap
