// SPDX-License-Identifier: MIT
// What a process has mapped where: its executable mappings, as /proc/PID/maps has them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace xcap {

struct Mapping {
  uint64_t start = 0, end = 0;
  uint64_t offset = 0;  // of `start` in the file
  uint64_t inode = 0;
  std::string device;                       // major:minor of the file system, in hex
  std::shared_ptr<const std::string> path;  // as the process sees it, also when it is deleted; null: anonymous memory
};

enum class MapsState { kRead, kGone, kDenied };

// Sorted by address. `maps` is untouched unless the result is kRead.
MapsState ReadMaps(pid_t pid, std::vector<Mapping>* maps);

// The mapping that covers the address, or null.
const Mapping* FindMapping(const std::vector<Mapping>& maps, uint64_t addr);

// A whole file of /proc; empty when it cannot be read.
std::string ReadProcFile(const std::string& path);

}  // namespace xcap
