// SPDX-License-Identifier: MIT
#include "symbolizing/symbolizer.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <utility>

#include "capabilities.h"
#include "symbolizing/bus_guard.h"
#include "symbolizing/stack_lookup.h"

namespace xcap {

namespace {

// Names can wait for other work of this machine: above 0 is lower. Source: setpriority(2).
constexpr int kNice = 10;

}  // namespace

Symbolizer::Symbolizer(std::function<void()> on_done) : on_done_(std::move(on_done)), thread_([this] { Run(); }) {
  std::unique_lock lock(mutex_);
  is_started_.wait(lock, [this] { return has_started_; });
}

Symbolizer::~Symbolizer() {
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
  }
  is_asked_.notify_one();
  thread_.join();
}

void Symbolizer::Ask(SymbolBatch batch) {
  {
    const std::lock_guard lock(mutex_);
    asked_.push_back(std::move(batch));
  }
  is_asked_.notify_one();
}

bool Symbolizer::Take(SymbolBatch* batch) {
  const std::lock_guard lock(mutex_);
  if (done_.empty()) return false;
  *batch = std::move(done_.front());
  done_.pop_front();
  return true;
}

void Symbolizer::Run() {
  pthread_setname_np(pthread_self(), "xcap-symbols");
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNice);
  const SymbolThread keeps_capabilities;
  const BusGuard survives_short_files;
  {
    const std::lock_guard lock(mutex_);
    has_started_ = true;
  }
  is_started_.notify_one();
  StackLookup lookup(is_stopped_);
  for (;;) {
    SymbolBatch batch;
    {
      std::unique_lock lock(mutex_);
      is_asked_.wait(lock, [this] { return is_stopped_ || !asked_.empty(); });
      if (is_stopped_) return;
      batch = std::move(asked_.front());
      asked_.pop_front();
    }
    lookup.LookUp(&batch);
    {
      const std::lock_guard lock(mutex_);
      done_.push_back(std::move(batch));
    }
    on_done_();
  }
}

}  // namespace xcap
