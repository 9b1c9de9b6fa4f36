// SPDX-License-Identifier: MIT
// The file behind a mapping, held open: it stays readable when it is deleted or replaced, when its process ends, and
// whatever mount namespace it is in.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "handle.h"
#include "symbolizing/process_maps.h"

namespace xcap {

class ModuleFile {
 public:
  // Null when the file cannot be opened, or is none.
  static std::shared_ptr<ModuleFile> Open(pid_t pid, const Mapping& mapping);
  // This machine's vdso, from our own memory. Null when there is none.
  static std::shared_ptr<ModuleFile> OpenVdso();

  // Unique in this process, also for a later version of the same file.
  uint64_t id() const noexcept { return id_; }
  // In lower-case hex; null when there is none.
  const std::shared_ptr<const std::string>& build_id() const noexcept { return build_id_; }
  // For an API that takes a path. It leads to this very file, also when that is deleted or replaced.
  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_.get()); }
  // Whether the file is still as it was when it was opened.
  bool IsCurrent() const;
  // False: look it up in its symbol table only, because its DWARF takes too much memory.
  bool has_lean_dwarf() const noexcept { return dwarf_bytes_ <= kMaxDwarfBytes && overruns_ < kMaxOverruns; }
  // This file alone has filled the memory that is meant for all. After several times its DWARF is not used any more.
  void CountOverrun() noexcept { overruns_++; }
  // Debug information of this very build under /usr/lib/debug/.build-id; empty: there is none.
  const std::string& debug_path() const noexcept { return debug_path_; }
  // Where the file's own program headers put an offset in it. False: nowhere.
  bool VirtualAddress(uint64_t offset, uint64_t* addr) const;
  // A signal handler returns to the code at this offset.
  bool IsSignalReturn(uint64_t offset) const;

  // A file with more DWARF than that is looked up in its symbol table: units and line tables of what is looked up, and
  // all abbreviations, are parsed into memory. Also the bound for compressed sections, which are unpacked whole.
  static constexpr size_t kMaxDwarfBytes = size_t{256} << 20;
  static constexpr int kMaxOverruns = 4;

 private:
  struct Segment {
    uint64_t offset, bytes, addr;
  };

  explicit ModuleFile(UniqueFd fd);
  void ReadElf();
  void FindDebugFile();

  const uint64_t id_;
  const UniqueFd fd_;
  struct stat stat_ {};
  std::shared_ptr<const std::string> build_id_;
  std::vector<Segment> segments_;
  size_t dwarf_bytes_ = 0;
  int overruns_ = 0;
  std::string debug_path_;
};

}  // namespace xcap
