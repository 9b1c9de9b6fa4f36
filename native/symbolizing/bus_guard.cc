// SPDX-License-Identifier: MIT
#include "symbolizing/bus_guard.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <mutex>

namespace xcap {

namespace {

std::mutex mutex;
int guards = 0;  // guarded by mutex
struct sigaction before {};
// Threads that are guarded; 0: free.
std::array<std::atomic<pid_t>, 16> threads{};

bool IsGuarded(pid_t tid) {
  for (const auto& thread : threads) {
    if (thread == tid) return true;
  }
  return false;
}

// Async-signal-safe: system calls only, and errno put back.
void OnBusError(int, siginfo_t* info, void*) {
  const int saved = errno;
  const auto page_bytes = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  auto* const page = reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(info->si_addr) & ~(page_bytes - 1));
  const bool is_ours = info->si_code == BUS_ADRERR && IsGuarded(static_cast<pid_t>(syscall(SYS_gettid)));
  if (!is_ours || mmap(page, page_bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED) {
    // The access is repeated, and treated as it would have been without us.
    sigaction(SIGBUS, &before, nullptr);
  }
  errno = saved;
}

}  // namespace

BusGuard::BusGuard() {
  const std::lock_guard lock(mutex);
  for (auto& thread : threads) {
    pid_t free = 0;
    if (thread.compare_exchange_strong(free, gettid())) break;
  }
  if (guards++ > 0) return;
  struct sigaction ours {};
  ours.sa_sigaction = OnBusError;
  ours.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
  sigaction(SIGBUS, &ours, &before);
}

BusGuard::~BusGuard() {
  const std::lock_guard lock(mutex);
  for (auto& thread : threads) {
    pid_t ours = gettid();
    if (thread.compare_exchange_strong(ours, 0)) break;
  }
  if (--guards == 0) sigaction(SIGBUS, &before, nullptr);
}

}  // namespace xcap
