// SPDX-License-Identifier: MIT
#pragma once

namespace xcap {

// While it lives, the thread that made it reads zeros where a mapped file has become shorter. Without it the process
// dies of SIGBUS, and any user could kill it with a file of their own. Parsers then see a damaged file, which they have
// to expect anyway. Other threads are treated as before.
class BusGuard {
 public:
  BusGuard();
  ~BusGuard();
  BusGuard(const BusGuard&) = delete;
  BusGuard& operator=(const BusGuard&) = delete;
};

}  // namespace xcap
