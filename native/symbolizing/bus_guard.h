// SPDX-License-Identifier: MIT
#pragma once

namespace xcap {

// While one lives, a thread that has made one reads zeros where a file that it has mapped has become shorter; without,
// that ends the process (SIGBUS), and anybody could do that to it with a file of his own. What the parsers see then is
// a damaged file, which they have to expect anyway. Other threads are treated as before.
class BusGuard {
 public:
  BusGuard();
  ~BusGuard();
  BusGuard(const BusGuard&) = delete;
  BusGuard& operator=(const BusGuard&) = delete;
};

}  // namespace xcap
