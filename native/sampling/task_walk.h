// SPDX-License-Identifier: MIT
// The BPF side: loads and attaches the task iterator, and runs one walk at a time.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <vector>

#include "handle.h"
#include "sampling/flags.gen.h"
#include "sampling/tracker.h"

struct task_bpf;
struct bpf_link;

namespace xcap {

struct WalkOptions {
  Flags flags;                 // those of isNative follow from the rest
  int events_fd = -1;          // Tracker::events_fd()
  int slots_fd = -1;           // Tracker::slots_fd()
  int requests_fd = -1;        // Tracker::requests_fd()
  bool verbose = false;        // libbpf's and the verifier's words go to stderr
  std::vector<uint32_t> pids;  // process ids as /proc has them; empty: all
};

class TaskWalk {
 public:
  // Loads and attaches. Throws Error. Any thread, which must have the rights.
  explicit TaskWalk(const WalkOptions& options);
  ~TaskWalk();
  TaskWalk(const TaskWalk&) = delete;
  TaskWalk& operator=(const TaskWalk&) = delete;

  // The kernel itself walks only the threads of the one process asked for.
  bool uses_pid_iterator() const noexcept { return uses_pid_iterator_; }

  // How much room a read must have, so that no entry is cut in two: the seq file's own buffer (BPF iterators allocate
  // eight pages, kernel/bpf/bpf_iter.c).
  static size_t ReadBytes();

  // Starts walk `number`, whose sample began at start_ns (CLOCK_MONOTONIC). The descriptor is read to its end with
  // ReadMore(). Empty descriptor and errno when the kernel refuses.
  UniqueFd Start(uint64_t number, uint64_t start_ns);

  // Between walks: what they have marked so far.
  Marked marked() const noexcept;

 private:
  struct task_bpf* skeleton_ = nullptr;
  struct bpf_link* link_ = nullptr;
  bool uses_pid_iterator_ = false;
};

// The next entries of a walk: bytes read, 0 at its end, -errno. `read` is read(2), a parameter so that its errors can
// be tested. The kernel ends a read after a million tasks without a row (EAGAIN, kernel/bpf/bpf_iter.c); the next
// read goes on where that one stopped.
template <typename Read>
long ReadMore(Read&& read, int fd, uint8_t* into, size_t room) {
  for (;;) {
    const long n = read(fd, into, room);
    if (n >= 0) return n;
    if (errno != EAGAIN && errno != EINTR) return -errno;
  }
}

}  // namespace xcap
