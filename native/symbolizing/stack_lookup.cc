// SPDX-License-Identifier: MIT
#include "symbolizing/stack_lookup.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "clock.h"
#include "pid_namespace.h"

namespace xcap {

namespace {

// Processes whose maps are remembered, for when they have ended before their stacks are looked up.
constexpr size_t kMaxProcesses = 4096;
// Files held open, twice each: once here, once by blazesym.
constexpr size_t kMaxFiles = 256;
// Modules whose build id is remembered.
constexpr size_t kMaxModules = 16384;
constexpr size_t kMaxPerfMapBytes = size_t{64} << 20;
// Keys of the kernel's parts, above every ModuleFile::id.
constexpr uint64_t kCore = uint64_t{1} << 62, kModules = uint64_t{1} << 63, kOther = kModules | kCore;
// Reading the kernel's symbols anew may take a tenth of this thread's time.
constexpr uint64_t kSymbolsShare = 10;

const Functions& Unknown() {
  static const Functions unknown = std::make_shared<const std::vector<Function>>();
  return unknown;
}

std::shared_ptr<const std::string> Text(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

// Memory that may hold the output of a just-in-time compiler. Some runtimes map a memfd twice for that. A program may
// be in a memfd, too.
bool IsCompiledInto(const Mapping& mapping) {
  if (!mapping.path) return true;
  for (const std::string_view kind : {"/memfd:", "/dev/zero", "//anon"}) {
    if (mapping.path->compare(0, kind.size(), kind) == 0) return true;
  }
  return false;
}

bool IsBpfProgram(const Functions& functions) {
  constexpr std::string_view kPrefix = "bpf_prog_";
  return !functions->empty() && functions->back().name.compare(0, kPrefix.size(), kPrefix) == 0;
}

}  // namespace

Functions FunctionCache::Find(const Key& key) {
  const auto found = places_.find(key);
  if (found == places_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->second;
}

void FunctionCache::Insert(const Key& key, Functions functions) {
  if (const auto found = places_.find(key); found != places_.end()) {
    found->second->second = std::move(functions);
    return;
  }
  entries_.emplace_front(key, std::move(functions));
  places_[key] = entries_.begin();
  if (entries_.size() <= kMaxEntries) return;
  places_.erase(entries_.back().first);
  entries_.pop_back();
}

void StackLookup::LookUp(SymbolBatch* batch) {
  batch_++;
  std::map<pid_t, std::vector<size_t>> by_process;
  batch->frames.resize(batch->stacks.size());
  for (size_t i = 0; i < batch->stacks.size(); i++) {
    const Stack& stack = batch->stacks[i];
    by_process[stack.pid].push_back(i);
    for (const uint64_t addr : stack.addrs) batch->frames[i].push_back({addr, nullptr, nullptr, 0, Unknown()});
  }
  for (const auto& [pid, stacks] : by_process) {
    if (is_stopped_) return;
    if (pid == 0) {
      LookUpKernel(stacks, batch);
    } else {
      LookUpProcess(pid, stacks, batch);
    }
    Bound();
  }
}

// Maps are read anew for each batch: the kernel does not report that a mapping was replaced.
StackLookup::Process& StackLookup::Refresh(pid_t pid) {
  Process& process = processes_[pid];
  process.used = batch_;
  // In another PID namespace our /proc has a different process under this number.
  if (InInitialPidNamespace()) ReadMaps(pid, &process.maps);
  return process;
}

StackLookup::Module* StackLookup::FindModule(pid_t pid, const Mapping& mapping) {
  if (*mapping.path == "[vdso]") {
    // The vdso of 32-bit processes is another one.
    if (mapping.start <= UINT32_MAX) return nullptr;
    if (!has_vdso_) vdso_.file = ModuleFile::OpenVdso();
    has_vdso_ = true;
    if (vdso_.file) vdso_.build_id = vdso_.file->build_id();
    return &vdso_;
  }
  if ((*mapping.path)[0] != '/') return nullptr;
  // With the path, because some file systems number the files of each of their parts anew.
  Module& module = modules_[mapping.device + " " + std::to_string(mapping.inode) + " " + *mapping.path];
  if (module.file && !module.file->IsCurrent()) module.file.reset();
  if (!module.file) {
    module.file = ModuleFile::Open(pid, mapping);
    if (module.file) module.build_id = module.file->build_id();
  }
  return &module;
}

void StackLookup::LookUpStack(pid_t pid, Process& process, const std::vector<uint64_t>& addrs,
                              std::vector<Frame>* frames, std::map<ModuleFile*, std::vector<Pending>>* pending) {
  // A thread is at its first address, and returns to the others, unless a signal has interrupted it there.
  bool is_exact = true;
  for (size_t i = 0; i < addrs.size(); i++) {
    Frame& frame = (*frames)[i];
    bool is_return = !is_exact;
    is_exact = false;
    const Mapping* mapping = FindMapping(process.maps, addrs[i]);
    // A call at the end of a mapping returns behind it.
    if (!mapping && is_return) mapping = FindMapping(process.maps, addrs[i] - 1);
    if (std::string_view name; !mapping || IsCompiledInto(*mapping)) {
      uint64_t start = 0;
      if (process.perf_map.Find(addrs[i] - is_return, &name, &start)) {
        frame.functions = std::make_shared<const std::vector<Function>>(
            std::vector<Function>{{std::string(name), addrs[i] - start, "", 0, false}});
        continue;
      }
    }
    if (mapping && mapping->path) {
      const auto [found, is_new] = batch_modules_.try_emplace(mapping, nullptr);
      if (is_new) found->second = FindModule(pid, *mapping);
      const Module* const module = found->second;
      frame.module = mapping->path;
      frame.build_id = module ? module->build_id : nullptr;
      frame.file_offset = addrs[i] - mapping->start + mapping->offset;
      if (!module || !module->file) continue;
      ModuleFile& file = *module->file;
      const uint64_t place = frame.file_offset * 2;
      // A signal trampoline is never cached as a return address.
      if (Functions known = cache_.Find({file.id(), place + is_return})) {
        frame.functions = std::move(known);
        if (is_return || i == 0) continue;
      }
      if (i > 0 && file.IsSignalReturn(frame.file_offset)) {
        is_exact = true;
        is_return = false;
        if (Functions known = cache_.Find({file.id(), place})) frame.functions = std::move(known);
      }
      if (frame.functions == Unknown()) (*pending)[&file].push_back({&frame, {frame.file_offset, is_return}});
    }
  }
}

void StackLookup::LookUpProcess(pid_t pid, const std::vector<size_t>& stacks, SymbolBatch* batch) {
  Process& process = Refresh(pid);
  const bool is_jit = std::any_of(stacks.begin(), stacks.end(), [&](size_t i) {
    const auto& addrs = batch->stacks[i].addrs;
    return std::any_of(addrs.begin(), addrs.end(), [&](uint64_t addr) {
      const Mapping* const mapping = FindMapping(process.maps, addr);
      return mapping && IsCompiledInto(*mapping);
    });
  });
  if (is_jit) process.perf_map.Update(pid);
  std::map<ModuleFile*, std::vector<Pending>> pending;
  batch_modules_.clear();
  for (const size_t i : stacks) LookUpStack(pid, process, batch->stacks[i].addrs, &batch->frames[i], &pending);
  for (const auto& [file, frames] : pending) LookUpFile(*file, frames);
}

void StackLookup::LookUpFile(ModuleFile& file, const std::vector<Pending>& pending) {
  // Each place once, in order of address: blazesym is fastest with places that are near each other.
  std::map<uint64_t, std::vector<Frame*>> frames;
  for (const Pending& one : pending) frames[one.place.offset * 2 + one.place.is_return].push_back(one.frame);
  std::vector<Place> places;
  const auto finish = [&] {
    const std::vector<Functions> all = blazesym_.LookUp(file, places);
    for (size_t i = 0; i < all.size(); i++) {
      const uint64_t key = places[i].offset * 2 + places[i].is_return;
      Functions functions = all[i];
      // glibc's has no symbol where the library is stripped.
      if (functions->empty() && !places[i].is_return && file.IsSignalReturn(places[i].offset)) {
        functions =
            std::make_shared<const std::vector<Function>>(std::vector<Function>{{"__restore_rt", 0, "", 0, false}});
      }
      cache_.Insert({file.id(), key}, functions);
      for (Frame* const frame : frames[key]) frame->functions = functions;
    }
    places.clear();
  };
  for (const auto& [key, unused] : frames) {
    if (is_stopped_) return;
    places.push_back({key / 2, key % 2 != 0});
    if (places.size() == 128) finish();
  }
  if (!places.empty()) finish();
}

// Once: the kernel's own code does not change. The list is sorted by address up to where modules begin.
void StackLookup::ReadCore() {
  FILE* const file = fopen("/proc/kallsyms", "re");
  if (!file) return;
  char line[1024], name[512];
  uint64_t addr = 0;
  while (core_end_ == 0 && fgets(line, sizeof(line), file)) {
    if (sscanf(line, "%" SCNx64 " %*c %511s", &addr, name) != 2) continue;
    if (strcmp(name, "_stext") == 0) core_start_ = addr;
    if (strcmp(name, "_etext") == 0) core_end_ = addr;
  }
  fclose(file);
}

// False: as they were. Source: proc(5), /proc/modules: name size users dependencies state address.
bool StackLookup::ReadKernelModules() {
  const std::string text = ReadProcFile("/proc/modules");
  std::vector<KernelModule> modules;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    char name[128];
    uint64_t size = 0, start = 0;
    if (sscanf(text.substr(at, end - at).c_str(), "%127s %" SCNu64 " %*s %*s %*s %" SCNx64, name, &size, &start) == 3) {
      modules.push_back({start, start + size, Text("[" + std::string(name) + "]")});
    }
    at = end + 1;
  }
  std::sort(modules.begin(), modules.end(), [](const auto& a, const auto& b) { return a.start < b.start; });
  const bool is_same = std::equal(
      modules.begin(), modules.end(), kernel_modules_.begin(), kernel_modules_.end(),
      [](const auto& a, const auto& b) { return a.start == b.start && a.end == b.end && *a.name == *b.name; });
  kernel_modules_ = std::move(modules);
  return !is_same;
}

uint64_t StackLookup::KernelPart(uint64_t addr) const {
  if (addr >= core_start_ && addr <= core_end_) return kCore;
  auto after = std::upper_bound(kernel_modules_.begin(), kernel_modules_.end(), addr,
                                [](uint64_t wanted, const KernelModule& module) { return wanted < module.start; });
  if (after != kernel_modules_.begin() && addr < (--after)->end) return kModules + modules_state_;
  return kOther + symbols_state_;
}

void StackLookup::AskKernel(const std::vector<Frame*>& frames) {
  static const std::shared_ptr<const std::string> bpf = Text("[bpf]");
  std::vector<uint64_t> addrs;
  for (const Frame* const frame : frames) addrs.push_back(frame->addr);
  const uint64_t before = Now(CLOCK_MONOTONIC);
  const bool is_first = symbols_read_ns_ == 0;
  const std::vector<Functions> all = blazesym_.LookUpKernel(addrs);
  if (is_first) {
    symbols_read_ns_ = before;
    symbols_cost_ns_ = Now(CLOCK_MONOTONIC) - before;
  }
  for (size_t i = 0; i < frames.size(); i++) {
    Frame& frame = *frames[i];
    frame.functions = all[i];
    cache_.Insert({KernelPart(frame.addr), frame.addr}, all[i]);
    if (IsBpfProgram(all[i])) frame.module = bpf;
  }
}

void StackLookup::LookUpKernel(const std::vector<size_t>& stacks, SymbolBatch* batch) {
  if (core_end_ == 0) ReadCore();
  bool is_outside = false;
  for (const size_t i : stacks) {
    for (const Frame& frame : batch->frames[i]) is_outside = is_outside || KernelPart(frame.addr) != kCore;
  }
  if (is_outside) {
    const bool is_changed = ReadKernelModules();
    bool is_other = false;
    for (const size_t i : stacks) {
      for (const Frame& frame : batch->frames[i]) is_other = is_other || KernelPart(frame.addr) >= kOther;
    }
    const uint64_t age = Now(CLOCK_MONOTONIC) - symbols_read_ns_;
    if (is_changed || (is_other && age > kSymbolsShare * symbols_cost_ns_)) {
      blazesym_.ForgetKernel();
      symbols_read_ns_ = 0;
      symbols_state_++;
      if (is_changed) modules_state_++;
    }
  }
  std::map<uint64_t, std::vector<Frame*>> unknown;
  for (const size_t i : stacks) {
    for (Frame& frame : batch->frames[i]) {
      const uint64_t part = KernelPart(frame.addr);
      if (part != kCore && part < kOther) {
        auto module = std::upper_bound(kernel_modules_.begin(), kernel_modules_.end(), frame.addr,
                                       [](uint64_t wanted, const KernelModule& one) { return wanted < one.start; });
        frame.module = (--module)->name;
      }
      if (Functions known = cache_.Find({part, frame.addr})) {
        frame.functions = std::move(known);
        static const std::shared_ptr<const std::string> bpf = Text("[bpf]");
        if (IsBpfProgram(frame.functions)) frame.module = bpf;
      } else {
        unknown[frame.addr].push_back(&frame);
      }
    }
  }
  std::vector<Frame*> firsts;
  for (const auto& [addr, frames] : unknown) firsts.push_back(frames.front());
  if (firsts.empty() || is_stopped_) return;
  AskKernel(firsts);
  for (const auto& [addr, frames] : unknown) {
    for (Frame* const frame : frames) *frame = *frames.front();
  }
}

void StackLookup::Bound() {
  size_t files = 0, perf_map_bytes = 0;
  for (const auto& [key, module] : modules_) files += module.file != nullptr;
  if (files > kMaxFiles) {
    for (auto& [key, module] : modules_) module.file.reset();
    blazesym_.ForgetFiles();
  }
  if (modules_.size() > kMaxModules) modules_.clear();
  for (const auto& [pid, process] : processes_) perf_map_bytes += process.perf_map.Bytes();
  while (processes_.size() > kMaxProcesses || (perf_map_bytes > kMaxPerfMapBytes && processes_.size() > 1)) {
    const auto oldest = std::min_element(processes_.begin(), processes_.end(),
                                         [](const auto& a, const auto& b) { return a.second.used < b.second.used; });
    perf_map_bytes -= oldest->second.perf_map.Bytes();
    processes_.erase(oldest);
  }
}

}  // namespace xcap
