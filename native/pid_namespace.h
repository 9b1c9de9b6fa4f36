// SPDX-License-Identifier: MIT
#pragma once

#include <sys/stat.h>

namespace xcap {

// BPF numbers processes as the initial PID namespace does, and so does /proc in it only.
inline bool InInitialPidNamespace() {
  // PROC_PID_INIT_INO of include/linux/proc_ns.h.
  constexpr ino_t kInitial = 0xEFFFFFFCu;
  static const bool is_initial = [] {
    struct stat info {};
    return stat("/proc/self/ns/pid", &info) == 0 && info.st_ino == kInitial;
  }();
  return is_initial;
}

}  // namespace xcap
