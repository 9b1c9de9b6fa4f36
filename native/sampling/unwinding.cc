// SPDX-License-Identifier: MIT
#include "sampling/unwinding.h"

#include <pthread.h>

#include <cstring>
#include <iterator>
#include <utility>

#include "capabilities.h"
#include "pid_namespace.h"
#include "rust/unwind.h"
#include "sampling/entries.h"

#ifndef XCAP_BLAZESYM
// They are there to be linked only: without the Rust library there is no Unwinding.
xcap_unwinder* xcap_unwinder_new(void) { return nullptr; }
void xcap_unwinder_free(xcap_unwinder*) {}
size_t xcap_unwind(xcap_unwinder*, const xcap_unwind_request*, uint64_t*, size_t, uint32_t*) { return 0; }
#endif

namespace xcap {

namespace {

// FNV-1a, as bpf/task/stack.bpf.h has it.
constexpr uint64_t kFnvPrime = 0x100000001b3;

uint64_t HashWord(uint64_t hash, uint64_t word) {
  for (int i = 0; i < 8; i++) {
    hash = (hash ^ (word & 0xff)) * kFnvPrime;
    word >>= 8;
  }
  return hash;
}

uint64_t HashFrames(uint64_t memory, const uint64_t* frames, size_t count) {
  uint64_t hash = memory;
  for (size_t i = 0; i < count; i++) hash = HashWord(hash, frames[i]);
  // 0 stands for no stack.
  return hash != 0 ? hash : 1;
}

}  // namespace

bool Unwinding::IsBuiltIn() {
#ifdef XCAP_BLAZESYM
  return true;
#else
  return false;
#endif
}

Unwinding::Unwinding(size_t chunk_bytes, size_t chunks, ChunkQueue& out)
    : in_(chunk_bytes, chunks),
      out_(out),
      unwinder_(nullptr, [](xcap_unwinder* unwinder) { xcap_unwinder_free(unwinder); }),
      places_(XCAP_LAST_STACKS) {}

Unwinding::~Unwinding() { Stop(); }

void Unwinding::Stop() {
  Abort();
  if (thread_.joinable()) thread_.join();
}

void Unwinding::Start(std::function<void()> on_data) {
  on_data_ = std::move(on_data);
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "xcap-unwind");
    const SymbolThread keeps_capabilities;
    {
      const std::lock_guard lock(mutex_);
      has_started_ = true;
    }
    drained_.notify_all();
    unwinder_.reset(xcap_unwinder_new());
    Run();
  });
  std::unique_lock lock(mutex_);
  drained_.wait(lock, [this] { return has_started_; });
}

void Unwinding::Wake() {
  {
    const std::lock_guard lock(mutex_);
    put_++;
  }
  wake_.notify_one();
}

void Unwinding::Then(std::function<void()> act) {
  {
    const std::lock_guard lock(mutex_);
    acts_.emplace_back(put_, std::move(act));
  }
  wake_.notify_one();
}

bool Unwinding::Drain() {
  std::unique_lock lock(mutex_);
  drained_.wait(lock, [this] { return is_stopped_ || (passed_ == put_ && acts_.empty()); });
  return !is_stopped_;
}

void Unwinding::Abort() {
  is_aborted_ = true;
  in_.Abort();
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
  }
  wake_.notify_all();
  drained_.notify_all();
}

void Unwinding::Run() {
  for (;;) {
    std::function<void()> act;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return is_stopped_ || passed_ < put_ || !acts_.empty(); });
      if (is_stopped_) return;
      if (!acts_.empty() && acts_.front().first <= passed_) {
        act = std::move(acts_.front().second);
        acts_.pop_front();
      }
    }
    if (act) {
      act();
    } else {
      in_.Pop([this](const uint8_t* data, size_t size) { Pass(data, size); });
      if (is_aborted_) return;
      HandOver();
      const std::lock_guard lock(mutex_);
      passed_++;
    }
    drained_.notify_all();
  }
}

void Unwinding::Pass(const uint8_t* data, size_t size) {
  for (size_t at = 0; at < size && !is_aborted_;) {
    const auto* head = reinterpret_cast<const xcap_head*>(data + at);
    const size_t len = head->len;
    if (head->kind == XCAP_KIND_RAW_STACK) {
      Unwind(reinterpret_cast<const xcap_raw_stack*>(head));
    } else {
      const bool has_stacks = head->kind == XCAP_KIND_TASK && head->parts & XCAP_PART_STACKS;
      xcap_stacks stacks{};
      if (has_stacks) {
        // The last part of a task.
        memcpy(&stacks, data + at + len - sizeof stacks, sizeof stacks);
        if (stacks.ustack_hash != 0) stacks.ustack_hash = EmitStack(stacks.ustack_hash);
      }
      uint8_t* room = Room(len);
      if (!room) return;
      memcpy(room, head, len);
      if (has_stacks) memcpy(room + len - sizeof stacks, &stacks, sizeof stacks);
    }
    at += len;
  }
}

void Unwinding::Unwind(const xcap_raw_stack* raw) {
  const auto* regs = reinterpret_cast<const uint64_t*>(raw + 1);
  xcap_unwind_request request{};
  // In another PID namespace our /proc has a different process under this number.
  request.pid = InInitialPidNamespace() ? raw->tgid : 0;
  request.identity = raw->mm;
  request.regs_valid = raw->valid;
  memcpy(request.regs, regs, sizeof request.regs);
  request.stack_start = raw->start;
  request.stack = reinterpret_cast<const uint8_t*>(regs + XCAP_DWARF_REGS);
  request.stack_bytes = raw->bytes;
  uint64_t addresses[XCAP_MAX_FRAMES];
  uint32_t flags = 0;
  const size_t count = unwinder_ ? xcap_unwind(unwinder_.get(), &request, addresses, XCAP_MAX_FRAMES, &flags) : 0;

  Place& place = places_[raw->id & (XCAP_LAST_STACKS - 1)];
  place = {raw->id, nullptr};
  if (count == 0) return;
  const uint64_t hash = HashFrames(raw->memory, addresses, count);
  auto& kept = frames_[hash];
  place.frames = kept.lock();
  if (!place.frames) {
    const bool is_by_pointers = XCAP_UNWIND_FIRST(flags) == 0 && flags & XCAP_UNWIND_FRAME_POINTER;
    const uint16_t unwinder = is_by_pointers ? XCAP_UNWOUND_BY_FRAME_POINTER : XCAP_UNWOUND_BY_EH_FRAME;
    place.frames = std::make_shared<Frames>(Frames{hash, raw->tgid, unwinder, {addresses, addresses + count}});
    kept = place.frames;
    // Forget the stacks that no thread has any more.
    if (frames_.size() > 2 * places_.size()) {
      for (auto one = frames_.begin(); one != frames_.end();) {
        one = one->second.expired() ? frames_.erase(one) : std::next(one);
      }
    }
  }
}

uint64_t Unwinding::EmitStack(uint64_t id) {
  const Place& place = places_[id & (XCAP_LAST_STACKS - 1)];
  if (place.id != id || !place.frames) return 0;
  const Frames& frames = *place.frames;
  if (emitted_.count(frames.hash) != 0) return frames.hash;
  const size_t bytes = frames.addresses.size() * sizeof(uint64_t);
  uint8_t* room = Room(sizeof(xcap_stack) + bytes);
  if (!room) return 0;
  auto stack = NewEntry<xcap_stack>(XCAP_KIND_STACK);
  stack.head.len = static_cast<uint32_t>(sizeof stack + bytes);
  stack.hash = frames.hash;
  stack.tgid = frames.tgid;
  stack.count = static_cast<uint16_t>(frames.addresses.size());
  stack.unwinder = frames.unwinder;
  memcpy(room, &stack, sizeof stack);
  memcpy(room + sizeof stack, frames.addresses.data(), bytes);
  if (emitted_.size() >= XCAP_MAX_KNOWN_STACKS) emitted_.clear();
  emitted_.insert(frames.hash);
  return frames.hash;
}

uint8_t* Unwinding::Room(size_t bytes) {
  if (chunk_.data && out_.chunk_bytes() - chunk_.size < bytes) HandOver();
  if (!chunk_.data) chunk_ = out_.Acquire();
  if (!chunk_.data) {
    Abort();
    return nullptr;
  }
  uint8_t* room = chunk_.data.get() + chunk_.size;
  chunk_.size += bytes;
  return room;
}

void Unwinding::HandOver() {
  if (!chunk_.data) return;
  out_.Push(std::exchange(chunk_, {}));
  on_data_();
}

}  // namespace xcap
