// SPDX-License-Identifier: MIT
#include "symbolizing/process_maps.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <string_view>

#include "handle.h"

namespace xcap {

namespace {

// Appends all of the file; false with errno set when it cannot be read.
bool ReadAll(const std::string& path, std::string* text) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return false;
  char buffer[65536];
  for (;;) {
    const ssize_t size = read(fd.get(), buffer, sizeof(buffer));
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return false;
    if (size == 0) return true;
    text->append(buffer, static_cast<size_t>(size));
  }
}

// start-end perms offset device inode    path. Source: proc_pid_maps(5).
bool ParseLine(const std::string& line, Mapping* mapping) {
  char perms[8], device[32];
  int path_at = 0;
  if (sscanf(line.c_str(), "%" SCNx64 "-%" SCNx64 " %7s %" SCNx64 " %31s %" SCNu64 " %n", &mapping->start,
             &mapping->end, perms, &mapping->offset, device, &mapping->inode, &path_at) != 6) {
    return false;
  }
  if (perms[2] != 'x') return false;
  mapping->device = device;
  std::string_view path = std::string_view(line).substr(static_cast<size_t>(path_at));
  constexpr std::string_view kDeleted = " (deleted)";
  if (path.size() > kDeleted.size() && path.substr(path.size() - kDeleted.size()) == kDeleted) {
    path.remove_suffix(kDeleted.size());
  }
  // [anon:name] is memory with a name by prctl(2): runtimes name what they compile.
  if (!path.empty() && path.substr(0, 6) != "[anon:") mapping->path = std::make_shared<const std::string>(path);
  return true;
}

}  // namespace

std::string ReadProcFile(const std::string& path) {
  std::string text;
  if (!ReadAll(path, &text)) text.clear();
  return text;
}

MapsState ReadMaps(pid_t pid, std::vector<Mapping>* maps) {
  std::string text;
  if (!ReadAll("/proc/" + std::to_string(pid) + "/maps", &text)) {
    return errno == EACCES || errno == EPERM ? MapsState::kDenied : MapsState::kGone;
  }
  // A process that is ending has no memory any more, but may still have its number.
  if (text.empty()) return MapsState::kGone;
  maps->clear();
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    Mapping mapping;
    if (ParseLine(text.substr(at, end - at), &mapping)) maps->push_back(std::move(mapping));
    at = end + 1;
  }
  return MapsState::kRead;
}

const Mapping* FindMapping(const std::vector<Mapping>& maps, uint64_t addr) {
  auto after = std::upper_bound(maps.begin(), maps.end(), addr,
                                [](uint64_t wanted, const Mapping& mapping) { return wanted < mapping.start; });
  if (after == maps.begin()) return nullptr;
  --after;
  return addr < after->end ? &*after : nullptr;
}

}  // namespace xcap
