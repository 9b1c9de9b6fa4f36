// SPDX-License-Identifier: MIT
// Completions of what the sampler has marked: loads the tracepoints that emit them, and drains their ring buffer on
// a thread of its own, so that they leave it as they come, also while a walk is under way.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>

#include "handle.h"
#include "sampling/chunk_queue.h"
#include "sampling/flags.gen.h"

struct ring_buffer;
struct iorq_bpf;
struct sysc_bpf;

namespace xcap {

struct TrackOptions {
  bool calls = false;
  bool light = false;  // --track-light: the walk tracks calls by task work, without a tracepoint
  bool requests = false;
  bool some_threads = false;  // -p: only threads that the walk meets are tracked, and those that they start
  bool verbose = false;
  Flags flags;
  explicit operator bool() const noexcept { return calls || requests; }
};

// What the walks have marked so far, and could not.
struct Marked {
  uint64_t calls = 0, requests = 0, without_slot = 0;
  uint64_t task_work_ring_full = 0, task_work_unseen = 0;  // ends that the walk's own function could not emit
};

class Tracker {
 public:
  // Loads and attaches what the options ask for. Throws Error. Any thread, which must have the rights.
  explicit Tracker(const TrackOptions& options);
  // Detaches. Stops the thread first.
  ~Tracker();
  Tracker(const Tracker&) = delete;
  Tracker& operator=(const Tracker&) = delete;

  // Ring buffer that the walk's own function writes to; -1: it is not asked for.
  int events_fd() const noexcept;
  // Map that the walk marks system calls in; -1: they are not tracked, or by the walk itself.
  int slots_fd() const noexcept;
  // Map that it marks block requests in; -1: they are not tracked.
  int requests_fd() const noexcept;

  // Starts the thread. It hands completions to the queue and calls on_data then.
  void Start(ChunkQueue& queue, std::function<void()> on_data);

  // Sampler thread: this walk is about to mark.
  void BeginWalk(uint64_t number);

  // Sampler thread: all rows of this walk are in the queue, so the completions of what it has marked may follow.
  void EndWalk(uint64_t number, const Marked& marked);

  // Sampler thread, as its last act: waits briefly for what is in flight, ends the drain thread, and hands over what
  // has come. Says what had not ended. Does nothing when the queue is aborted.
  Marked Finish();

 private:
  static int OnEvent(void* self, void* data, size_t size);
  void Drain();
  // Moves events into chunk_ until that is full or there are none.
  void Consume();
  void EmitLosses();
  // `total` so far; emits those beyond `emitted`. Returns how many these are.
  uint64_t EmitLoss(uint32_t kind, uint32_t cause, uint64_t total, uint64_t& emitted);
  void LoadCalls();
  void LoadRequests();
  // False when the queue is full, or the rows that these completions belong to are not in it yet.
  bool HandOver();
  bool IsAnyInFlight() const;
  void StopThread();
  void Destroy();

  const TrackOptions options_;
  struct sysc_bpf* sysc_ = nullptr;
  struct iorq_bpf* iorq_ = nullptr;
  UniqueFd events_;
  struct ring_buffer* ring_ = nullptr;
  UniqueFd wake_;  // eventfd
  std::thread thread_;
  ChunkQueue* queue_ = nullptr;
  std::function<void()> on_data_;
  std::atomic<bool> is_stopped_{false};
  std::atomic<uint64_t> begun_walk_{0}, ended_walk_{0};
  std::atomic<uint64_t> marked_calls_{0}, marked_requests_{0}, without_slot_{0};
  std::atomic<uint64_t> task_work_ring_full_{0}, task_work_unseen_{0};
  // Of the drain thread, and of the sampler thread when that has ended. Losses count as ended: nothing else will come.
  std::atomic<uint64_t> ended_calls_{0}, ended_requests_{0};
  Chunk chunk_;
  uint64_t chunk_walk_ = 0;      // no later walk has marked what is in chunk_
  uint64_t chunk_since_ns_ = 0;  // when the first came
  struct Emitted {
    uint64_t calls_ring_full = 0, calls_without_slot = 0, calls_no_payload = 0;
    uint64_t task_work_ring_full = 0, task_work_unseen = 0;
    uint64_t requests_ring_full = 0, requests_map_full = 0, requests_unseen = 0;
  } emitted_;
};

}  // namespace xcap
