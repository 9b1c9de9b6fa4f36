// SPDX-License-Identifier: MIT
#include "capabilities.h"

#include <dirent.h>
#include <linux/capability.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <set>

namespace xcap {

namespace {

// The C library keeps this signal for its own setuid(2), which has the same task, and lets no thread block it; Node's
// debugger thread blocks all others. It is ours for the time of the call.
constexpr int kSignal = 33;
// sigaction(3) refuses that signal, rt_sigaction(2) does not. Four words, whatever they hold on the platform.
using KernelSigaction = std::array<unsigned long, 4>;

bool Exchange(int signal, const KernelSigaction* next, KernelSigaction* before) {
  return syscall(SYS_rt_sigaction, signal, next, before, _NSIG / 8) == 0;
}

// Our handler in the kernel's form: set by the C library for a signal that is not in use, and read back.
bool MakeSigaction(void (*handler)(int), KernelSigaction* made) {
  struct sigaction action {
  }, before{};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigfillset(&action.sa_mask);
  if (sigaction(SIGRTMAX, &action, &before) != 0) return false;
  const bool is_read = Exchange(SIGRTMAX, nullptr, made);
  sigaction(SIGRTMAX, &before, nullptr);
  return is_read;
}

sem_t done;
std::atomic<int> failure{0};
// Bits of the capabilities that all threads keep, and of those that symbol threads keep besides.
std::atomic<uint64_t> kept{0}, kept_for_symbols{0};
// Ids of the symbol threads; 0: free. With all in use, a further one keeps no more than other threads do.
std::array<std::atomic<pid_t>, 16> symbol_threads{};

constexpr uint64_t Bit(int capability) { return uint64_t{1} << capability; }

// Maps of other users' processes and what is under their root, files that only their owner can read, addresses in
// /proc/kallsyms, and /proc/PID/map_files (Linux 5.9; older headers do not name it).
constexpr int kCheckpointRestore = 40;
constexpr uint64_t kForSymbols =
    Bit(CAP_SYS_PTRACE) | Bit(CAP_DAC_READ_SEARCH) | Bit(CAP_SYSLOG) | Bit(kCheckpointRestore);

// Async-signal-safe: system calls only, and errno put back.
int DropHere() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct rest[2]{};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
  uint64_t keep = kept;
  const auto tid = static_cast<pid_t>(syscall(SYS_gettid));
  for (const auto& symbol_thread : symbol_threads) {
    if (symbol_thread == tid) keep |= kept_for_symbols;
  }
  if (keep != 0) {
    if (syscall(SYS_capget, &header, rest) != 0) return errno;
    const auto low = static_cast<uint32_t>(keep), high = static_cast<uint32_t>(keep >> 32);
    rest[0] = {rest[0].effective & low, rest[0].permitted & low, 0};
    rest[1] = {rest[1].effective & high, rest[1].permitted & high, 0};
  }
  return syscall(SYS_capset, &header, rest) == 0 ? 0 : errno;
}

void OnSignal(int) {
  const int saved = errno;
  if (const int err = DropHere(); err != 0) failure = err;
  sem_post(&done);
  errno = saved;
}

std::set<pid_t> Threads() {
  std::set<pid_t> tids;
  DIR* dir = opendir("/proc/self/task");
  if (!dir) return tids;
  while (const dirent* entry = readdir(dir)) {
    if (const pid_t tid = atoi(entry->d_name); tid > 0) tids.insert(tid);
  }
  closedir(dir);
  return tids;
}

// The thread has run the handler, or has gone.
bool WaitFor(pid_t tid) {
  for (int i = 0; i < 1000; i++) {
    timespec soon{};
    clock_gettime(CLOCK_REALTIME, &soon);
    soon.tv_nsec += 5000000;
    if (soon.tv_nsec >= 1000000000) soon.tv_sec++, soon.tv_nsec -= 1000000000;
    if (sem_timedwait(&done, &soon) == 0) return true;
    if (syscall(SYS_tgkill, getpid(), tid, 0) != 0) return true;
  }
  return false;
}

}  // namespace

SymbolThread::SymbolThread() {
  for (auto& symbol_thread : symbol_threads) {
    pid_t free = 0;
    if (symbol_thread.compare_exchange_strong(free, gettid())) return;
  }
}

SymbolThread::~SymbolThread() {
  for (auto& symbol_thread : symbol_threads) {
    pid_t ours = gettid();
    if (symbol_thread.compare_exchange_strong(ours, 0)) return;
  }
}

int DropCapabilities(const KeptCapabilities& keep) {
  kept = keep.dac_override ? Bit(CAP_DAC_OVERRIDE) : 0;
  kept_for_symbols = keep.symbols ? kForSymbols : 0;
  KernelSigaction ours{}, before{};
  if (sem_init(&done, 0, 0) != 0 || !MakeSigaction(OnSignal, &ours) || !Exchange(kSignal, &ours, &before)) return errno;
  failure = 0;

  // Until no new thread is found: one that was being created has inherited the capabilities of its creator.
  std::set<pid_t> handled{static_cast<pid_t>(gettid())};
  int err = DropHere();
  for (bool found = true; found && err == 0;) {
    found = false;
    for (const pid_t tid : Threads()) {
      if (!handled.insert(tid).second) continue;
      found = true;
      if (syscall(SYS_tgkill, getpid(), tid, kSignal) == 0 && !WaitFor(tid)) err = ETIMEDOUT;
    }
  }
  Exchange(kSignal, &before, nullptr);
  sem_destroy(&done);
  return err != 0 ? err : failure.load();
}

}  // namespace xcap
