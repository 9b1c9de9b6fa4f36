// SPDX-License-Identifier: MIT
// Names for the addresses of stacks: looked up in batches, on a thread of its own, and cached with a bound.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "symbolizing/blazesym_files.h"

namespace xcap {

// Leaf first. pid 0: of the kernel.
struct Stack {
  pid_t pid;
  std::vector<uint64_t> addrs;
};

// One address. The shared parts are the same objects wherever they are the same.
struct Frame {
  uint64_t addr;
  std::shared_ptr<const std::string> module;    // null: unknown
  std::shared_ptr<const std::string> build_id;  // null: unknown
  uint64_t file_offset;                         // in the module; 0 without one
  Functions functions;                          // never null; empty: unknown
};

struct SymbolBatch {
  uint64_t id;
  std::vector<Stack> stacks;
  std::vector<std::vector<Frame>> frames;  // one list for each stack, in order
};

class Symbolizer {
 public:
  // Starts the thread. When this returns it is a SymbolThread (capabilities.h), which keeps its capabilities. It calls
  // on_done whenever Take has got a batch.
  explicit Symbolizer(std::function<void()> on_done);
  // Ends the thread, at the next address, and forgets what it has not looked up.
  ~Symbolizer();
  Symbolizer(const Symbolizer&) = delete;
  Symbolizer& operator=(const Symbolizer&) = delete;

  // Any thread; returns at once.
  void Ask(SymbolBatch batch);
  // Any thread. Batches come out in the order in which they went in. False: none is done.
  bool Take(SymbolBatch* batch);

 private:
  void Run();

  const std::function<void()> on_done_;
  std::mutex mutex_;
  std::condition_variable is_asked_, is_started_;
  std::deque<SymbolBatch> asked_, done_;  // guarded by mutex_
  bool has_started_ = false;              // guarded by mutex_
  std::atomic<bool> is_stopped_{false};
  std::thread thread_;  // last: it uses the others
};

}  // namespace xcap
