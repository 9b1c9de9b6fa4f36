// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace xcap {

// What the numbers in a block request's cmd_flags are called by the kernel that runs.
struct BlockNames {
  std::vector<std::pair<uint32_t, std::string>> operations;  // value, as in enum req_op, and its name
  std::vector<std::pair<uint32_t, std::string>> flags;       // bit, as in enum req_flag_bits, and its name
};

// Reads the kernel's type information. Throws Error.
BlockNames ReadBlockNames();

}  // namespace xcap
