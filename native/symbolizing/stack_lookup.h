// SPDX-License-Identifier: MIT
// From the addresses of stacks to functions: knows processes, their modules and the kernel, and caches.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "symbolizing/blazesym_files.h"
#include "symbolizing/module_file.h"
#include "symbolizing/perf_map.h"
#include "symbolizing/process_maps.h"
#include "symbolizing/symbolizer.h"

namespace xcap {

// Least recently used first out.
class FunctionCache {
 public:
  struct Key {
    uint64_t module;  // ModuleFile's id, or a state of the kernel's symbols
    uint64_t place;   // twice the offset or the address, plus one for a return address
    bool operator==(const Key& other) const { return module == other.module && place == other.place; }
  };
  Functions Find(const Key& key);
  void Insert(const Key& key, Functions functions);

 private:
  struct Hash {
    size_t operator()(const Key& key) const {
      return (key.module * 0x9e3779b97f4a7c15U) ^ (key.place * 0xff51afd7ed558ccdU);
    }
  };
  using Entries = std::list<std::pair<Key, Functions>>;
  static constexpr size_t kMaxEntries = 32768;  // about 10 MiB
  Entries entries_;                             // latest first
  std::unordered_map<Key, Entries::iterator, Hash> places_;
};

// Symbolizer thread only.
class StackLookup {
 public:
  explicit StackLookup(const std::atomic<bool>& is_stopped) : is_stopped_(is_stopped) {}

  // Fills batch->frames. What is left when is_stopped is set stays without names.
  void LookUp(SymbolBatch* batch);

 private:
  struct Module {
    std::shared_ptr<ModuleFile> file;             // null: it cannot be opened
    std::shared_ptr<const std::string> build_id;  // stays when the file is closed
  };
  struct Process {
    std::vector<Mapping> maps;
    PerfMap perf_map;
    uint64_t used = 0;  // number of the batch
  };
  struct Pending {
    Frame* frame;
    Place place;
  };

  Process& Refresh(pid_t pid);
  // Null: nothing that is a file.
  Module* FindModule(pid_t pid, const Mapping& mapping);
  void LookUpProcess(pid_t pid, const std::vector<size_t>& stacks, SymbolBatch* batch);
  void LookUpStack(pid_t pid, Process& process, const std::vector<uint64_t>& addrs, std::vector<Frame>* frames,
                   std::map<ModuleFile*, std::vector<Pending>>* pending);
  void LookUpFile(ModuleFile& file, const std::vector<Pending>& pending);
  void LookUpKernel(const std::vector<size_t>& stacks, SymbolBatch* batch);
  // Which of the kernel's parts an address is in, as it is now: the first half of its key in the cache.
  uint64_t KernelPart(uint64_t addr) const;
  bool ReadKernelModules();
  void ReadCore();
  void AskKernel(const std::vector<Frame*>& frames);
  void Bound();

  const std::atomic<bool>& is_stopped_;
  Blazesym blazesym_;
  FunctionCache cache_;
  uint64_t batch_ = 0;
  std::unordered_map<pid_t, Process> processes_;
  std::unordered_map<std::string, Module> modules_;            // by device, inode and path
  std::unordered_map<const Mapping*, Module*> batch_modules_;  // of the process that is looked up
  Module vdso_;
  bool has_vdso_ = false;

  // The kernel's own code, which stays as it is.
  uint64_t core_start_ = 0, core_end_ = 0;
  // The kernel's modules by start, from /proc/modules. All other code is that of BPF programs and trampolines,
  // which only /proc/kallsyms lists.
  struct KernelModule {
    uint64_t start, end;
    std::shared_ptr<const std::string> name;
  };
  std::vector<KernelModule> kernel_modules_;
  uint64_t modules_state_ = 0, symbols_state_ = 0;  // count up, in the cache's keys
  uint64_t symbols_read_ns_ = 0, symbols_cost_ns_ = 0;
};

}  // namespace xcap
