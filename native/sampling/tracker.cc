// SPDX-License-Identifier: MIT
#include "sampling/tracker.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "clock.h"
#include "error.h"
#include "sampling/bpf_loading.h"
#include "sampling/entries.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#include "iorq.skel.h"
#include "sysc.skel.h"
#pragma GCC diagnostic pop

namespace xcap {

namespace {

constexpr uint32_t kRingBytes = 4 << 20;
// The kernel wakes the drain thread at the first event after it has emptied the ring; resting a while makes that rare.
constexpr int kRestMs = 10;
// JavaScript gets completions that often, or when a chunk is full.
constexpr uint64_t kHandOverNs = 100'000'000;
constexpr uint64_t kFinishNs = 250'000'000;
// The largest entry of an event, and the clock before the first.
constexpr size_t kRoom = 2048;

}  // namespace

Tracker::Tracker(const TrackOptions& options) : options_(options) {
  if (!options) return;
  const BpfLoading loading(options.verbose);
  events_ = UniqueFd(bpf_map_create(BPF_MAP_TYPE_RINGBUF, "xcap_events", 0, 0, kRingBytes, nullptr));
  if (!events_) throw ExplainBpfFailure("make the ring buffer of completions", errno);
  wake_ = UniqueFd(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!wake_) throw Error("XCAP_TRACKER", "cannot make an eventfd", errno, "see the limit of open files: ulimit -n");
  try {
    ring_ = ring_buffer__new(events_.get(), OnEvent, this, nullptr);
    if (!ring_) throw ExplainBpfFailure("map the ring buffer of completions", errno);
    if (options.calls && !options.light) LoadCalls();
    if (options.requests) LoadRequests();
  } catch (...) {
    Destroy();
    throw;
  }
}

void Tracker::LoadCalls() {
  sysc_ = sysc_bpf__open();
  if (!sysc_) throw ExplainBpfFailure("open the tracking of system calls", errno);
  Flags flags = options_.flags;
  flags.claims = !options_.some_threads;
  SetFlags(*sysc_->rodata, flags);
  bpf_program__set_autoload(sysc_->progs.xcap_process_fork, options_.some_threads);
  bpf_map__reuse_fd(sysc_->maps.xcap_events, events_.get());
  if (const int err = sysc_bpf__load(sysc_); err != 0)
    throw ExplainBpfFailure("load the tracking of system calls", -err);
  // libbpf maps all slots into this process, which has no use for them; it wants only the addresses back at the end.
  if (mmap(sysc_->bss, sizeof *sysc_->bss, PROT_NONE, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) ==
      MAP_FAILED) {
    throw Error("XCAP_TRACKER", "cannot unmap the slots of system calls", errno, "see the limit of memory: ulimit -v");
  }
  // The exit first: an entry whose exit nobody sees would look like a call that is still running.
  sysc_->links.xcap_sys_exit = bpf_program__attach(sysc_->progs.xcap_sys_exit);
  if (!sysc_->links.xcap_sys_exit) throw ExplainBpfFailure("attach to sys_exit", errno);
  if (const int err = sysc_bpf__attach(sysc_); err != 0) throw ExplainBpfFailure("attach to sys_enter", -err);
}

void Tracker::LoadRequests() {
  iorq_ = iorq_bpf__open();
  if (!iorq_) throw ExplainBpfFailure("open the tracking of block requests", errno);
  bpf_map__reuse_fd(iorq_->maps.xcap_events, events_.get());
  if (const int err = iorq_bpf__load(iorq_); err != 0)
    throw ExplainBpfFailure("load the tracking of block requests", -err);
  // What ends a request first: one that is seen to begin must be seen to end.
  const auto attach = [](bpf_program* program) {
    bpf_link* link = bpf_program__attach(program);
    if (!link) throw ExplainBpfFailure("attach to the block layer", errno);
    return link;
  };
  iorq_->links.xcap_rq_complete = attach(iorq_->progs.xcap_rq_complete);
  iorq_->links.xcap_rq_complete2 = attach(iorq_->progs.xcap_rq_complete2);
  iorq_->links.xcap_rq_complete3 = attach(iorq_->progs.xcap_rq_complete3);
  iorq_->links.xcap_rq_merge = attach(iorq_->progs.xcap_rq_merge);
  iorq_->links.xcap_rq_requeue = attach(iorq_->progs.xcap_rq_requeue);
  if (const int err = iorq_bpf__attach(iorq_); err != 0) throw ExplainBpfFailure("attach to the block layer", -err);
}

Tracker::~Tracker() {
  StopThread();
  Destroy();
}

void Tracker::Destroy() {
  iorq_bpf__destroy(iorq_);
  sysc_bpf__destroy(sysc_);
  ring_buffer__free(ring_);
}

int Tracker::events_fd() const noexcept { return options_.light ? events_.get() : -1; }

int Tracker::slots_fd() const noexcept { return sysc_ ? bpf_map__fd(sysc_->maps.bss) : -1; }

int Tracker::requests_fd() const noexcept { return iorq_ ? bpf_map__fd(iorq_->maps.xcap_requests) : -1; }

void Tracker::Start(ChunkQueue& queue, std::function<void()> on_data) {
  queue_ = &queue;
  on_data_ = std::move(on_data);
  if (!options_) return;
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "xcap-drain");
    Drain();
  });
}

void Tracker::BeginWalk(uint64_t number) { begun_walk_ = number; }

void Tracker::EndWalk(uint64_t number, const Marked& marked) {
  marked_calls_ = marked.calls;
  marked_requests_ = marked.requests;
  without_slot_ = marked.without_slot;
  task_work_ring_full_ = marked.task_work_ring_full;
  task_work_unseen_ = marked.task_work_unseen;
  ended_walk_ = number;
}

Marked Tracker::Finish() {
  if (!options_) return {};
  // Nothing is marked any more.
  ended_walk_ = UINT64_MAX;
  const uint64_t deadline = Now(CLOCK_MONOTONIC) + kFinishNs;
  while (IsAnyInFlight() && Now(CLOCK_MONOTONIC) < deadline && !queue_->is_aborted()) usleep(kRestMs * 1000);
  StopThread();
  for (;;) {
    const uint64_t before = ended_calls_ + ended_requests_;
    if (!chunk_.data) chunk_ = queue_->Acquire();
    if (!chunk_.data) return {};
    Consume();
    EmitLosses();
    if (chunk_.size > 0) {
      queue_->Push(std::exchange(chunk_, {}));
      on_data_();
    }
    if (ended_calls_ + ended_requests_ == before) break;
  }
  if (chunk_.data) queue_->Push(std::exchange(chunk_, {}));
  return {marked_calls_ - std::min<uint64_t>(marked_calls_, ended_calls_),
          marked_requests_ - std::min<uint64_t>(marked_requests_, ended_requests_)};
}

bool Tracker::IsAnyInFlight() const { return marked_calls_ > ended_calls_ || marked_requests_ > ended_requests_; }

void Tracker::StopThread() {
  is_stopped_ = true;
  if (!thread_.joinable()) return;
  const uint64_t one = 1;
  // An eventfd takes it unless it would overflow, and then it is awake anyway.
  (void)!write(wake_.get(), &one, sizeof one);
  thread_.join();
}

int Tracker::OnEvent(void* self, void* data, size_t size) {
  auto& tracker = *static_cast<Tracker*>(self);
  const auto* head = static_cast<const xcap_head*>(data);
  Chunk& chunk = tracker.chunk_;
  memcpy(chunk.data.get() + chunk.size, data, size);
  chunk.size += size;
  (head->kind == XCAP_KIND_SYSCEND ? tracker.ended_calls_ : tracker.ended_requests_)++;
  // What has been given is consumed; a negative answer ends the round.
  return tracker.queue_->chunk_bytes() - chunk.size < kRoom ? -ENOSPC : 0;
}

void Tracker::Consume() {
  if (chunk_.size == 0) {
    auto clock = NewEntry<xcap_clock>(XCAP_KIND_CLOCK);
    clock.mono_ns = Now(CLOCK_MONOTONIC);
    clock.wall_ns = WallTime(clock.mono_ns);
    Append(chunk_, clock);
    chunk_since_ns_ = clock.mono_ns;
  }
  if (queue_->chunk_bytes() - chunk_.size >= kRoom) ring_buffer__consume(ring_);
  chunk_walk_ = begun_walk_;
  if (chunk_.size == sizeof(xcap_clock)) chunk_.size = 0;
}

uint64_t Tracker::EmitLoss(uint32_t kind, uint32_t cause, uint64_t total, uint64_t& emitted) {
  const uint64_t count = total - emitted;
  if (count == 0 || queue_->chunk_bytes() - chunk_.size < sizeof(xcap_lost)) return 0;
  auto lost = NewEntry<xcap_lost>(XCAP_KIND_LOST);
  lost.count = count;
  lost.of_kind = kind;
  lost.cause = cause;
  emitted = total;
  Append(chunk_, lost);
  return count;
}

void Tracker::EmitLosses() {
  if (sysc_) {
    const auto& lost = sysc_->data->xcap_sysc_lost;
    ended_calls_ += EmitLoss(XCAP_KIND_SYSCEND, XCAP_LOSS_RING_FULL, lost.ring_full, emitted_.calls_ring_full);
    EmitLoss(XCAP_KIND_SYSCEND, XCAP_LOSS_NO_PAYLOAD, lost.no_payload, emitted_.calls_no_payload);
  }
  EmitLoss(XCAP_KIND_SYSCEND, XCAP_LOSS_NO_SLOT, without_slot_, emitted_.calls_without_slot);
  ended_calls_ += EmitLoss(XCAP_KIND_SYSCEND, XCAP_LOSS_RING_FULL, task_work_ring_full_, emitted_.task_work_ring_full);
  ended_calls_ += EmitLoss(XCAP_KIND_SYSCEND, XCAP_LOSS_UNSEEN, task_work_unseen_, emitted_.task_work_unseen);
  if (iorq_) {
    const auto& lost = iorq_->data->xcap_iorq_lost;
    ended_requests_ += EmitLoss(XCAP_KIND_IORQEND, XCAP_LOSS_RING_FULL, lost.ring_full, emitted_.requests_ring_full);
    ended_requests_ += EmitLoss(XCAP_KIND_IORQEND, XCAP_LOSS_UNSEEN, lost.unseen, emitted_.requests_unseen);
    EmitLoss(XCAP_KIND_IORQEND, XCAP_LOSS_MAP_FULL, lost.map_full, emitted_.requests_map_full);
  }
}

bool Tracker::HandOver() {
  if (!chunk_.data || chunk_.size == 0) return true;
  if (chunk_walk_ > ended_walk_) return false;
  queue_->Push(std::exchange(chunk_, {}));
  on_data_();
  return true;
}

void Tracker::Drain() {
  pollfd sources[] = {{wake_.get(), POLLIN, 0}, {ring_buffer__epoll_fd(ring_), POLLIN, 0}};
  while (!is_stopped_) {
    if (!chunk_.data) chunk_ = queue_->TryAcquire();
    if (chunk_.data) {
      Consume();
      EmitLosses();
      const bool is_full = queue_->chunk_bytes() - chunk_.size < kRoom;
      if (is_full || (chunk_.size > 0 && Now(CLOCK_MONOTONIC) - chunk_since_ns_ >= kHandOverNs)) HandOver();
    }
    if (is_stopped_) break;
    // With something in hand it looks again soon; with nothing it sleeps until there is an event.
    const bool is_idle = chunk_.data && chunk_.size == 0;
    if (poll(sources, is_idle ? 2 : 1, is_idle ? -1 : kRestMs) > 0 && is_idle && !is_stopped_)
      poll(sources, 1, kRestMs);
  }
}

}  // namespace xcap
