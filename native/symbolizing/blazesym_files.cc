// SPDX-License-Identifier: MIT
#include "symbolizing/blazesym_files.h"

#include <blazesym.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace xcap {

namespace {

// How much memory files may take before all is given back, and read again when it is needed. Includes what is mapped of
// the files themselves, which the kernel could take back.
constexpr size_t kMaxGrowthBytes = size_t{96} << 20;
// Addresses in one call, so that results of many, and the growth between two looks at it, stay small.
constexpr size_t kBatch = 128;
// Further from a symbol's start, the address is in no function of the kernel's list but in what follows it.
constexpr uint64_t kMaxKernelOffset = 1 << 20;
// So much code may belong to a function that does not say how much.
constexpr uint64_t kMaxUnsized = 4096;

size_t RssBytes() {
  unsigned long size = 0, resident = 0;
  FILE* const file = fopen("/proc/self/statm", "re");
  if (!file) return 0;
  if (fscanf(file, "%lu %lu", &size, &resident) != 2) resident = 0;
  fclose(file);
  return resident * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

std::string Path(const blaze_symbolize_code_info& info) {
  if (!info.file) return "";
  if (!info.dir || info.file[0] == '/') return info.file;
  const std::string dir = info.dir;
  return dir.empty() || dir.back() == '/' ? dir + info.file : dir + "/" + info.file;
}

// Symbols of hand-written assembly have no size: an address close behind one belongs to it. An address before a symbol,
// which blazesym finds at ends of sections, has an offset that wraps around and is large.
bool IsInside(const blaze_sym& sym) {
  return sym.name && (sym.size > 0 ? sym.offset < static_cast<size_t>(sym.size) : sym.offset < kMaxUnsized);
}

// `offset`: of the address, which may be one behind the call that was looked up.
Functions ToFunctions(const blaze_sym& sym, uint64_t offset) {
  auto functions = std::make_shared<std::vector<Function>>();
  // blazesym lists them from the outermost inwards.
  for (size_t i = sym.inlined_cnt; i-- > 0;) {
    const blaze_symbolize_inlined_fn& inlined = sym.inlined[i];
    functions->push_back({inlined.name ? inlined.name : "", 0, Path(inlined.code_info), inlined.code_info.line, true});
  }
  functions->push_back({sym.name, offset, Path(sym.code_info), sym.code_info.line, false});
  return functions;
}

// Whether this attempt at a file has found something.
bool IsAnyKnown(const blaze_syms* syms) {
  for (size_t i = 0; syms && i < syms->cnt; i++) {
    if (IsInside(syms->syms[i])) return true;
  }
  return false;
}

}  // namespace

void Blazesym::Free::operator()(blaze_symbolizer* symbolizer) const { blaze_symbolizer_free(symbolizer); }

Blazesym::Unique Blazesym::New(bool wants_lines) {
  blaze_symbolizer_opts options{};
  options.type_size = sizeof(options);
  options.auto_reload = true;
  options.code_info = options.inlined_fns = wants_lines;
  options.demangle = true;
  return Unique(blaze_symbolizer_new_opts(&options));
}

const blaze_syms* Blazesym::Ask(const ModuleFile& module, const std::vector<uint64_t>& offsets, bool wants_debug_file,
                                bool wants_dwarf) {
  blaze_symbolize_src_elf source{};
  source.type_size = sizeof(source);
  source.debug_syms = wants_dwarf;
  if (!wants_debug_file) {
    const std::string path = module.path();
    source.path = path.c_str();
    return blaze_symbolize_elf_file_offsets(files_.get(), &source, offsets.data(), offsets.size());
  }
  // The debug file has the addresses of the file that it belongs to, and other offsets.
  std::vector<uint64_t> addrs;
  for (const uint64_t offset : offsets) {
    uint64_t addr = 0;
    addrs.push_back(module.VirtualAddress(offset, &addr) ? addr : UINT64_MAX);
  }
  source.path = module.debug_path().c_str();
  return blaze_symbolize_elf_virt_offsets(files_.get(), &source, addrs.data(), addrs.size());
}

// DWARF may know only some of a file's functions. Of a function that the compiler has split (`.cold`) it has no
// address, and blazesym counts from 0. The symbol table knows both.
void Blazesym::AskSymbolTable(const ModuleFile& module, const std::vector<uint64_t>& offsets, const blaze_syms& syms,
                              bool wants_debug_file, const Place* places, Functions* all) {
  std::vector<uint64_t> open;
  std::vector<size_t> at;
  for (size_t i = 0; i < offsets.size() && i < syms.cnt; i++) {
    if (IsInside(syms.syms[i]) && syms.syms[i].addr != 0) continue;
    open.push_back(offsets[i]);
    at.push_back(i);
  }
  if (open.empty()) return;
  const blaze_syms* const pieces = Ask(module, open, wants_debug_file, false);
  for (size_t i = 0; i < open.size(); i++) {
    const blaze_sym& dwarf = syms.syms[at[i]];
    const bool is_return = places[at[i]].is_return;
    const bool is_known = pieces && i < pieces->cnt && IsInside(pieces->syms[i]);
    if (dwarf.name && dwarf.addr == 0) {
      all[at[i]] = ToFunctions(dwarf, is_known ? pieces->syms[i].offset + is_return : kNoOffset);
    } else if (is_known) {
      all[at[i]] = ToFunctions(pieces->syms[i], pieces->syms[i].offset + is_return);
    }
  }
  if (pieces) blaze_syms_free(pieces);
}

std::vector<Functions> Blazesym::LookUp(ModuleFile& module, const std::vector<Place>& places) {
  std::vector<Functions> all;
  for (size_t from = 0; from < places.size(); from += kBatch) {
    const size_t count = std::min(kBatch, places.size() - from);
    std::vector<uint64_t> offsets;
    for (size_t i = 0; i < count; i++) offsets.push_back(places[from + i].offset - places[from + i].is_return);
    const bool is_first = !files_;
    if (is_first) {
      files_ = New(true);
      rss_before_ = RssBytes();
    }
    // A debug file that does not belong to the file, or is damaged, must not hide the file's own symbols.
    const bool has_dwarf = module.has_lean_dwarf();
    const struct {
      bool is_possible, debug_file, dwarf;
    } attempts[] = {{!module.debug_path().empty(), true, has_dwarf}, {has_dwarf, false, true}, {true, false, false}};
    const blaze_syms* syms = nullptr;
    bool has_debug_file = false, has_names_by_dwarf = false;
    for (const auto& attempt : attempts) {
      if (!attempt.is_possible || !files_) continue;
      if (syms) blaze_syms_free(syms);
      syms = Ask(module, offsets, attempt.debug_file, attempt.dwarf);
      has_debug_file = attempt.debug_file;
      has_names_by_dwarf = attempt.dwarf;
      if (IsAnyKnown(syms)) break;
    }
    for (size_t i = 0; i < count; i++) {
      const bool is_known = syms && i < syms->cnt && IsInside(syms->syms[i]);
      all.push_back(is_known ? ToFunctions(syms->syms[i], syms->syms[i].offset + places[from + i].is_return)
                             : std::make_shared<const std::vector<Function>>());
    }
    if (syms && has_names_by_dwarf) AskSymbolTable(module, offsets, *syms, has_debug_file, &places[from], &all[from]);
    if (syms) blaze_syms_free(syms);
    if (RssBytes() < rss_before_ + kMaxGrowthBytes) continue;
    ForgetFiles();
    if (is_first) module.CountOverrun();
  }
  return all;
}

void Blazesym::ForgetFiles() {
  files_.reset();
  malloc_trim(0);
}

std::vector<Functions> Blazesym::LookUpKernel(const std::vector<uint64_t>& addrs) {
  std::vector<Functions> all;
  // Without lines: for those of a BPF program blazesym asks for CAP_SYS_ADMIN, and says nothing when it has none.
  if (!kernel_) kernel_ = New(false);
  blaze_symbolize_src_kernel source{};
  source.type_size = sizeof(source);
  source.vmlinux = "";  // a kernel's DWARF has hundreds of megabytes
  std::vector<uint64_t> calls;
  for (const uint64_t addr : addrs) calls.push_back(addr - 1);
  const blaze_syms* const syms =
      kernel_ ? blaze_symbolize_kernel_abs_addrs(kernel_.get(), &source, calls.data(), calls.size()) : nullptr;
  for (size_t i = 0; i < addrs.size(); i++) {
    const bool is_known = syms && i < syms->cnt && syms->syms[i].name && syms->syms[i].offset < kMaxKernelOffset;
    all.push_back(is_known ? ToFunctions(syms->syms[i], syms->syms[i].offset + 1)
                           : std::make_shared<const std::vector<Function>>());
  }
  if (syms) blaze_syms_free(syms);
  return all;
}

}  // namespace xcap
