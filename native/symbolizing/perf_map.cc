// SPDX-License-Identifier: MIT
#include "symbolizing/perf_map.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "handle.h"
#include "symbolizing/process_maps.h"

namespace xcap {

namespace {

// A large Node.js service's map has 20 MB.
constexpr off_t kMaxBytes = off_t{64} << 20;

// The process's number in its own PID namespace, by which it names the file. Linux 4.1, NSpid.
std::string OwnPid(pid_t pid) {
  const std::string status = ReadProcFile("/proc/" + std::to_string(pid) + "/status");
  const size_t at = status.find("\nNSpid:");
  if (at == std::string::npos) return status.empty() ? "" : std::to_string(pid);
  const std::string line = status.substr(at + 1, status.find('\n', at + 1) - at - 1);
  return line.substr(line.find_last_of(" \t") + 1);
}

bool IsTrusted(pid_t pid, const struct stat& file) {
  struct stat process {};
  if (!S_ISREG(file.st_mode)) return false;
  if (file.st_uid == 0) return true;
  return stat(("/proc/" + std::to_string(pid)).c_str(), &process) == 0 && process.st_uid == file.st_uid;
}

}  // namespace

void PerfMap::Restart() {
  read_to_ = 0;
  names_.clear();
  entries_.clear();
  is_sorted_ = true;
}

void PerfMap::Update(pid_t pid) {
  const std::string own_pid = OwnPid(pid);
  if (own_pid.empty()) return;
  const std::string path = "/proc/" + std::to_string(pid) + "/root/tmp/perf-" + own_pid + ".map";
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY));
  struct stat file {};
  if (!fd || fstat(fd.get(), &file) != 0 || !IsTrusted(pid, file)) return;
  if (file.st_ino != inode_ || file.st_size < read_to_) Restart();
  inode_ = file.st_ino;
  const off_t end = std::min(file.st_size, kMaxBytes);
  if (end <= read_to_) return;
  std::string text(static_cast<size_t>(end - read_to_), '\0');
  const ssize_t size = pread(fd.get(), text.data(), text.size(), read_to_);
  if (size <= 0) return;
  // Whole lines only: the runtime may be in the middle of one.
  const size_t whole = text.rfind('\n', static_cast<size_t>(size) - 1);
  if (whole == std::string::npos) return;
  Parse(std::string_view(text).substr(0, whole + 1));
  read_to_ += static_cast<off_t>(whole) + 1;
}

// START SIZE name, the numbers in hex. Source: the kernel's tools/perf/Documentation/jit-interface.txt.
void PerfMap::Parse(std::string_view text) {
  while (!text.empty()) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    Entry entry{};
    const char* at = line.data();
    const char* const line_end = line.data() + line.size();
    const auto number = [&](uint64_t* value) {
      if (line_end - at > 2 && at[0] == '0' && at[1] == 'x') at += 2;
      const auto [next, error] = std::from_chars(at, line_end, *value, 16);
      if (error != std::errc() || next == line_end || *next != ' ') return false;
      at = next + 1;
      return true;
    };
    if (!number(&entry.start) || !number(&entry.size) || at == line_end) continue;
    entry.name_at = static_cast<uint32_t>(names_.size());
    entry.name_bytes = static_cast<uint32_t>(line_end - at);
    names_.append(at, line_end);
    entries_.push_back(entry);
    is_sorted_ = false;
  }
}

bool PerfMap::Find(uint64_t addr, std::string_view* name, uint64_t* start) {
  const auto earlier = [](const Entry& a, const Entry& b) { return a.start < b.start; };
  // Stable: of two entries for the same place, the later one stays behind the other.
  if (!is_sorted_) std::stable_sort(entries_.begin(), entries_.end(), earlier);
  is_sorted_ = true;
  auto after = std::upper_bound(entries_.begin(), entries_.end(), Entry{addr, 0, 0, 0}, earlier);
  if (after == entries_.begin()) return false;
  --after;
  if (addr - after->start >= after->size) return false;
  *name = std::string_view(names_).substr(after->name_at, after->name_bytes);
  *start = after->start;
  return true;
}

}  // namespace xcap
