// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <ctime>

namespace xcap {

constexpr uint64_t kNsPerSecond = 1000000000;

inline uint64_t Now(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<uint64_t>(time.tv_sec) * kNsPerSecond + static_cast<uint64_t>(time.tv_nsec);
}

// CLOCK_REALTIME at the moment that CLOCK_MONOTONIC showed mono_ns. Of three tries the one that was disturbed least.
inline uint64_t WallTime(uint64_t mono_ns) {
  uint64_t best_gap = UINT64_MAX, wall = 0;
  for (int i = 0; i < 3; i++) {
    const uint64_t before = Now(CLOCK_MONOTONIC), real = Now(CLOCK_REALTIME), after = Now(CLOCK_MONOTONIC);
    if (after - before < best_gap) {
      best_gap = after - before;
      wall = real - (before + best_gap / 2 - mono_ns);
    }
  }
  return wall;
}

}  // namespace xcap
