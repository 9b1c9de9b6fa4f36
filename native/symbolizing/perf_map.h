// SPDX-License-Identifier: MIT
// Names of what a runtime has compiled while it runs: the perf map that it writes, /tmp/perf-PID.map.
//
// Not blazesym's reader: the file is whatever the process's user puts there. This one opens regular files of that user
// or root only (a FIFO would hang the thread), reads only what has been added since, and bounds what it keeps.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace xcap {

class PerfMap {
 public:
  // Reads what has been written since the last time. Keeps what it has when the process or the file has gone.
  void Update(pid_t pid);

  // The name and the start of what covers the address; false: unknown. The latest entry counts.
  bool Find(uint64_t addr, std::string_view* name, uint64_t* start);

  size_t Bytes() const { return names_.capacity() + entries_.capacity() * sizeof(Entry); }

 private:
  struct Entry {
    uint64_t start, size;
    uint32_t name_at, name_bytes;
  };

  void Restart();
  void Parse(std::string_view text);

  std::string path_;
  ino_t inode_ = 0;
  off_t read_to_ = 0;
  bool is_sorted_ = true;
  std::string names_;
  std::vector<Entry> entries_;
};

}  // namespace xcap
