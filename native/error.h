// SPDX-License-Identifier: MIT
// What went wrong, for people: a code, an errno, and what to do about it.
#pragma once

#include <stdexcept>
#include <string>

namespace xcap {

class Error : public std::runtime_error {
 public:
  Error(std::string code, const std::string& message, int err, std::string hint)
      : std::runtime_error(message), code_(std::move(code)), hint_(std::move(hint)), errno_(err) {}

  const std::string& code() const noexcept { return code_; }
  const std::string& hint() const noexcept { return hint_; }
  int errno_value() const noexcept { return errno_; }

 private:
  std::string code_;
  std::string hint_;
  int errno_;
};

// Finds out why BPF refused: missing capabilities, no BTF, lockdown, a kernel that is too old, … `stage` says what was
// tried, such as "load the sampler". Any thread.
Error ExplainBpfFailure(const std::string& stage, int err);

// Throws when this kernel has no BTF, before libbpf says so at length.
void RequireBtf();

}  // namespace xcap
