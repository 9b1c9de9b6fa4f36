// SPDX-License-Identifier: MIT A bounded queue of chunks from producers, the sampler and drain threads, to one
// consumer: JavaScript's thread or the one that unwinds. A fixed number of chunks exists. When all are full the sampler
// waits, which pauses the walk and loses nothing; only one producer may wait. The drain thread tries again later: its
// events stay in a ring buffer meanwhile.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

namespace xcap {

struct Chunk {
  std::unique_ptr<uint8_t[]> data;
  size_t size = 0;
};

class ChunkQueue {
 public:
  ChunkQueue(size_t chunk_bytes, size_t chunks) : chunk_bytes_(chunk_bytes), chunks_(chunks) {}

  size_t chunk_bytes() const noexcept { return chunk_bytes_; }

  // Producer. An empty chunk; waits for one while all are full. Empty `data` when the queue was aborted.
  Chunk Acquire() {
    std::unique_lock lock(mutex_);
    freed_.wait(lock, [&] { return aborted_ || !spare_.empty() || made_ < chunks_; });
    if (aborted_) return {};
    if (spare_.empty()) {
      made_++;
      return {std::make_unique<uint8_t[]>(chunk_bytes_), 0};
    }
    Chunk chunk = std::move(spare_.back());
    spare_.pop_back();
    chunk.size = 0;
    return chunk;
  }

  // Producer. An empty chunk, without waiting: empty `data` while half of the chunks are full, which leaves the others
  // to the sampler.
  Chunk TryAcquire() { return HasRoom() ? Acquire() : Chunk{}; }

  // Producer. Hands a chunk over, also an empty one, which then is spare again.
  void Push(Chunk chunk) {
    std::lock_guard lock(mutex_);
    if (chunk.size == 0) {
      spare_.push_back(std::move(chunk));
    } else {
      full_.push_back(std::move(chunk));
    }
  }

  // Producer. Is there room for a whole sample of usual size: is at least half of the chunks free?
  bool HasRoom() {
    std::lock_guard lock(mutex_);
    return full_.size() * 2 <= chunks_;
  }

  // Consumer. Calls use(data, size) with the oldest full chunk; false when there is none.
  template <typename Use>
  bool Pop(Use use) {
    Chunk chunk;
    {
      std::lock_guard lock(mutex_);
      if (full_.empty()) return false;
      chunk = std::move(full_.front());
      full_.pop_front();
    }
    use(chunk.data.get(), chunk.size);
    {
      std::lock_guard lock(mutex_);
      spare_.push_back(std::move(chunk));
    }
    freed_.notify_one();
    return true;
  }

  bool is_aborted() {
    std::lock_guard lock(mutex_);
    return aborted_;
  }

  // Any thread. Wakes a waiting producer for good.
  void Abort() {
    {
      std::lock_guard lock(mutex_);
      aborted_ = true;
    }
    freed_.notify_all();
  }

 private:
  const size_t chunk_bytes_;
  const size_t chunks_;
  std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<Chunk> spare_;
  std::deque<Chunk> full_;
  size_t made_ = 0;
  bool aborted_ = false;
};

}  // namespace xcap
