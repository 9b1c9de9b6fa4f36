// SPDX-License-Identifier: MIT
// blazesym, through its C API: names, lines and inlined functions of places in ELF files, and names in the kernel.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "symbolizing/module_file.h"

struct blaze_symbolizer;
struct blaze_syms;

namespace xcap {

constexpr uint64_t kNoOffset = UINT64_MAX;

// One function that a place in the code belongs to.
struct Function {
  std::string name;
  uint64_t offset = 0;  // from its start; 0 where it is inlined; kNoOffset: unknown
  std::string file;     // empty: unknown
  uint32_t line = 0;    // 0: unknown
  bool is_inlined = false;
};

// From what is inlined deepest outwards; empty: unknown.
using Functions = std::shared_ptr<const std::vector<Function>>;

// A place to look up: the address itself, or the call that returns to it.
struct Place {
  uint64_t offset;
  bool is_return;
};

// Symbolizer thread only.
class Blazesym {
 public:
  // Offsets in a file; one result for each.
  std::vector<Functions> LookUp(ModuleFile& module, const std::vector<Place>& places);
  // Kernel addresses, all of them return addresses.
  std::vector<Functions> LookUpKernel(const std::vector<uint64_t>& addrs);
  // Reads the kernel's symbols anew at the next look-up.
  void ForgetKernel() { kernel_.reset(); }
  // Closes all files.
  void ForgetFiles();

 private:
  struct Free {
    void operator()(blaze_symbolizer* symbolizer) const;
  };
  using Unique = std::unique_ptr<blaze_symbolizer, Free>;

  static Unique New(bool wants_lines);
  const blaze_syms* Ask(const ModuleFile& module, const std::vector<uint64_t>& offsets, bool wants_debug_file,
                        bool wants_dwarf);
  void AskSymbolTable(const ModuleFile& module, const std::vector<uint64_t>& offsets, const blaze_syms& syms,
                      bool wants_debug_file, const Place* places, Functions* all);
  Unique files_, kernel_;
  size_t rss_before_ = 0;
};

}  // namespace xcap
