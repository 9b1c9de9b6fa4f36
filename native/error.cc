// SPDX-License-Identifier: MIT
#include "error.h"

#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

namespace xcap {

namespace {

constexpr const char* kBtf = "/sys/kernel/btf/vmlinux";
constexpr const char* kLockdown = "/sys/kernel/security/lockdown";

// Names of the capabilities that loading BPF needs and this thread has not. CAP_SYS_ADMIN stands for the other two.
std::vector<std::string> MissingCapabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> data{};
  if (syscall(SYS_capget, &header, data.data()) != 0) return {};
  const auto has = [&](int cap) { return (data[cap / 32].effective >> (cap % 32)) & 1; };
  std::vector<std::string> missing;
  if (has(CAP_SYS_ADMIN)) return missing;
  if (!has(CAP_BPF)) missing.emplace_back("CAP_BPF");
  if (!has(CAP_PERFMON)) missing.emplace_back("CAP_PERFMON");
  return missing;
}

std::string Join(const std::vector<std::string>& names, const char* separator) {
  std::string all;
  for (const auto& name : names) all += (all.empty() ? "" : separator) + name;
  return all;
}

std::string Lower(std::string text) {
  for (auto& c : text) c = static_cast<char>(tolower(static_cast<unsigned char>(c)));
  return text;
}

// The lockdown level in force: "none", "integrity", "confidentiality"; empty where it cannot be read.
std::string Lockdown() {
  std::string line;
  std::ifstream file(kLockdown);
  std::getline(file, line);
  const auto from = line.find('['), to = line.find(']');
  return from == std::string::npos || to == std::string::npos ? "" : line.substr(from + 1, to - from - 1);
}

bool HasMemlockLimit() {
  rlimit limit{};
  return getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
}

std::string KernelRelease() {
  utsname name{};
  return uname(&name) == 0 ? name.release : "unknown";
}

std::string Executable() {
  std::array<char, 4096> path{};
  const auto length = readlink("/proc/self/exe", path.data(), path.size() - 1);
  return length > 0 ? std::string(path.data(), static_cast<size_t>(length)) : "node";
}

}  // namespace

void RequireBtf() {
  if (access(kBtf, R_OK) == 0) return;
  const int err = errno;
  throw Error("XCAP_NO_BTF", std::string("this kernel shows no BTF type information: ") + kBtf + ": " + strerror(err),
              err, "boot a kernel built with CONFIG_DEBUG_INFO_BTF=y, as Debian's, Ubuntu's, Fedora's and RHEL's are");
}

Error ExplainBpfFailure(const std::string& stage, int err) {
  const std::string what = "cannot " + stage + ": " + strerror(err);
  if (err == ENOSYS) {
    return Error("XCAP_NO_BPF", "this kernel has BPF switched off (" + what + ")", err,
                 "boot a kernel built with CONFIG_BPF_SYSCALL=y");
  }
  const auto missing = MissingCapabilities();
  if (!missing.empty()) {
    return Error("XCAP_NO_CAPABILITY", "missing " + Join(missing, " and "), err,
                 "run it with sudo, or grant them: sudo setcap " + Lower(Join(missing, ",")) + "=ep " + Executable());
  }
  if (Lockdown() == "confidentiality") {
    return Error("XCAP_LOCKDOWN", "kernel lockdown forbids BPF to read kernel memory (" + what + ")", err,
                 "boot with lockdown=integrity or lockdown=none on the kernel's command line");
  }
  // The verifier refuses with EACCES and EINVAL. EPERM comes from what guards bpf(2): limits, seccomp, security
  // modules.
  if (err == EPERM) {
    return Error("XCAP_BPF_REFUSED", "the kernel refuses BPF (" + what + ")", err,
                 HasMemlockLimit()
                     ? "raise the limit of locked memory, which counts before Linux 5.11: ulimit -l unlimited"
                     : "a container's seccomp profile or a security module may forbid bpf(2)");
  }
  if (err == ENOMEM) {
    return Error("XCAP_NO_MEMORY", what, err, "free memory, or raise the control group's memory.max");
  }
  return Error("XCAP_KERNEL_TOO_OLD", "kernel " + KernelRelease() + " " + what, err,
               "xcapture needs Linux 5.18 or newer; -v shows what the kernel says");
}

}  // namespace xcap
