// SPDX-License-Identifier: MIT
#pragma once

#include <signal.h>

namespace xcap {

// While it lives this thread may load BPF: libbpf is quiet unless told otherwise, and no signal comes in between. Throws
// Error when this kernel has no type information.
class BpfLoading {
 public:
  explicit BpfLoading(bool verbose);
  ~BpfLoading();
  BpfLoading(const BpfLoading&) = delete;
  BpfLoading& operator=(const BpfLoading&) = delete;

 private:
  sigset_t before_;
};

}  // namespace xcap
