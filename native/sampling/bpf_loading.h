// SPDX-License-Identifier: MIT
#pragma once

#include <signal.h>

namespace xcap {

// While it lives, this thread may load BPF: libbpf prints nothing unless `verbose`, and no signal interrupts the
// verifier. Its constructor throws Error when this kernel has no type information.
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
