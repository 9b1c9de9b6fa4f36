// SPDX-License-Identifier: MIT
#include "sampling/sampler.h"

#include <pthread.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <future>

#include "clock.h"
#include "sampling/entries.h"

namespace xcap {

namespace {

// What fits into a chunk besides two full reads: the entries around a sample.
constexpr size_t kEntryBytes = 1024;
// With chunks of 64 KiB the queue holds some 35,000 tasks; larger samples pass through while they are read.
constexpr size_t kChunks = 64;
// The queue with stacks: a batch with new stacks waits for their names while samples go on.
constexpr size_t kStackChunks = 160;
// The queue before the thread that unwinds: half of it holds 500 slices of the longest, and most are a tenth of that. A
// program that has just started brings thousands at once, and its files have to be read first.
constexpr size_t kSliceChunks = 256;

// Points of time at which samples start. A double counts nanoseconds exactly for 104 days, and to a few after that.
struct Grid {
  uint64_t origin;
  double period;

  uint64_t Point(uint64_t slot) const { return origin + std::llround(static_cast<double>(slot) * period); }
  // The slot that a time at or after the origin is in.
  uint64_t SlotAt(uint64_t time) const { return static_cast<uint64_t>(static_cast<double>(time - origin) / period); }
  // How many points lie before the end; one that falls on it, but for rounding, does not.
  uint64_t SlotsIn(uint64_t duration) const {
    return static_cast<uint64_t>(std::ceil(static_cast<double>(duration) / period - 1e-6));
  }
};

WalkOptions WithTracker(WalkOptions options, const Tracker& tracker) {
  options.events_fd = tracker.events_fd();
  options.slots_fd = tracker.slots_fd();
  options.requests_fd = tracker.requests_fd();
  options.flags.want_slice = options.flags.want_ustack && Unwinding::IsBuiltIn();
  return options;
}

}  // namespace

Sampler::Sampler(const SamplerOptions& options)
    : options_(options),
      queue_(ChunkBytes(), options.walk.flags.want_kstack || options.walk.flags.want_ustack ? kStackChunks : kChunks),
      unwinding_(options.walk.flags.want_ustack && Unwinding::IsBuiltIn()
                     ? std::make_unique<Unwinding>(ChunkBytes(), kSliceChunks, queue_)
                     : nullptr),
      tracker_(options.track),
      walk_(WithTracker(options.walk, tracker_)) {
  pthread_mutex_init(&mutex_, nullptr);
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&wake_, &attributes);
  pthread_condattr_destroy(&attributes);
}

Sampler::~Sampler() {
  Abort();
  pthread_cond_destroy(&wake_);
  pthread_mutex_destroy(&mutex_);
}

ChunkQueue& Sampler::walk_queue() noexcept { return unwinding_ ? unwinding_->in() : queue_; }

void Sampler::Push(Chunk chunk, const std::function<void()>& on_data) {
  walk_queue().Push(std::move(chunk));
  if (unwinding_) {
    unwinding_->Wake();
  } else {
    on_data();
  }
}

void Sampler::AfterRows(std::function<void()> act) {
  if (unwinding_) {
    unwinding_->Then(std::move(act));
  } else {
    act();
  }
}

size_t Sampler::ChunkBytes() { return 2 * TaskWalk::ReadBytes() + kEntryBytes; }

void Sampler::Start(std::function<void()> on_data, std::function<void()> on_end) {
  tracker_.Start(queue_, on_data);
  if (unwinding_) unwinding_->Start(on_data);
  std::promise<bool> has_priority;
  auto answer = has_priority.get_future();
  thread_ = std::thread([this, &has_priority, on_data = std::move(on_data), on_end = std::move(on_end)] {
    pthread_setname_np(pthread_self(), "xcap-sampler");
    // An overloaded machine must not be the one that is sampled worst. Without the right to it (CAP_SYS_NICE) it stays
    // an ordinary thread, and the header says so.
    sched_param priority{};
    priority.sched_priority = 1;
    has_priority.set_value(pthread_setschedparam(pthread_self(), SCHED_RR, &priority) == 0);
    // The default slack of 50 us would make every sample late by that much.
    prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    Run(on_data);
    on_end();
  });
  is_realtime_ = answer.get();
}

void Sampler::Stop() {
  pthread_mutex_lock(&mutex_);
  stopped_ = true;
  pthread_cond_signal(&wake_);
  pthread_mutex_unlock(&mutex_);
}

void Sampler::Abort() {
  aborted_ = true;
  queue_.Abort();
  if (unwinding_) unwinding_->Stop();
  Stop();
  if (thread_.joinable()) thread_.join();
}

bool Sampler::WaitUntil(uint64_t deadline_ns) {
  const timespec deadline{static_cast<time_t>(deadline_ns / kNsPerSecond),
                          static_cast<long>(deadline_ns % kNsPerSecond)};
  pthread_mutex_lock(&mutex_);
  while (!stopped_ && pthread_cond_timedwait(&wake_, &mutex_, &deadline) != ETIMEDOUT) {
  }
  const bool stopped = stopped_;
  pthread_mutex_unlock(&mutex_);
  return !stopped;
}

void Sampler::Run(const std::function<void()>& on_data) {
  Counters counters;
  // The first walk compares the clocks of a thread that has just got its CPU.
  if (options_.track.light) usleep(1000);
  KeepGrid(counters, on_data);
  if (unwinding_ && !unwinding_->Drain()) return;
  tracker_.EndWalk(counters.taken, walk_.marked());
  const Marked open = tracker_.Finish();
  Chunk chunk = queue_.Acquire();
  if (!chunk.data) return;
  auto end = NewEntry<xcap_run_end>(XCAP_KIND_RUN_END);
  end.taken = counters.taken;
  end.late = counters.late;
  end.missed = counters.missed;
  end.open_calls = open.calls;
  end.open_requests = open.requests;
  Append(chunk, end);
  queue_.Push(std::move(chunk));
  on_data();
}

void Sampler::KeepGrid(Counters& counters, const std::function<void()>& on_data) {
  const Grid grid{Now(CLOCK_MONOTONIC), options_.period_ns};
  const uint64_t slots = options_.duration_ns ? grid.SlotsIn(options_.duration_ns) : UINT64_MAX;
  uint64_t previous = 0;

  // A point of the grid is either the start of a sample or missed; nothing is caught up.
  for (uint64_t slot = 0; slot < slots;) {
    if (!WaitUntil(grid.Point(slot))) return;
    const uint64_t start = Now(CLOCK_MONOTONIC);
    const uint64_t current = std::clamp(grid.SlotAt(start), slot, slots);
    counters.missed += current - slot;
    if (current == slots) return;
    slot = current + 1;
    if (!walk_queue().HasRoom()) {
      counters.missed++;
      continue;
    }
    const uint64_t late = start - std::min(start, grid.Point(current));
    counters.taken++;
    if (static_cast<double>(late) * 10 > grid.period) counters.late++;
    const uint64_t weight = previous ? start - previous : static_cast<uint64_t>(std::llround(grid.period));
    if (!Sample(counters, start, weight, late, on_data)) return;
    if (counters.taken == options_.iterations) return;
    previous = start;
    // The points that passed while the walk was under way.
    const uint64_t next = std::clamp(grid.SlotAt(Now(CLOCK_MONOTONIC)) + 1, slot, slots);
    counters.missed += next - slot;
    slot = next;
  }
  WaitUntil(grid.origin + options_.duration_ns);
}

bool Sampler::Sample(const Counters& counters, uint64_t start_ns, uint64_t weight_ns, uint64_t late_ns,
                     const std::function<void()>& on_data) {
  const size_t room = TaskWalk::ReadBytes();
  uint64_t wait_ns = 0;
  Chunk chunk = walk_queue().Acquire();
  if (!chunk.data) return false;

  auto begin = NewEntry<xcap_sample_begin>(XCAP_KIND_SAMPLE_BEGIN);
  begin.number = counters.taken;
  begin.wall_ns = WallTime(start_ns);
  begin.mono_ns = start_ns;
  begin.weight_ns = weight_ns;
  Append(chunk, begin);

  tracker_.BeginWalk(counters.taken);
  const UniqueFd fd = walk_.Start(counters.taken, start_ns);
  long n = fd ? 1 : -errno;
  while (n > 0) {
    n = ReadMore(::read, fd.get(), chunk.data.get() + chunk.size, room);
    if (aborted_) return false;
    if (n > 0) chunk.size += static_cast<size_t>(n);
    // Room for one more read, and for the entry that ends the sample.
    if (queue_.chunk_bytes() - chunk.size < room + sizeof(xcap_sample_end)) {
      const uint64_t before = Now(CLOCK_MONOTONIC);
      Push(std::move(chunk), on_data);
      chunk = walk_queue().Acquire();
      if (!chunk.data) return false;
      wait_ns += Now(CLOCK_MONOTONIC) - before;
    }
  }

  auto end = NewEntry<xcap_sample_end>(XCAP_KIND_SAMPLE_END);
  end.walk_ns = Now(CLOCK_MONOTONIC) - start_ns;
  end.wait_ns = wait_ns;
  end.late_ns = late_ns;
  end.taken = counters.taken;
  end.late = counters.late;
  end.missed = counters.missed;
  end.error = static_cast<uint32_t>(-n);
  Append(chunk, end);
  Push(std::move(chunk), on_data);
  AfterRows([this, number = counters.taken, marked = walk_.marked()] { tracker_.EndWalk(number, marked); });
  return true;
}

}  // namespace xcap
