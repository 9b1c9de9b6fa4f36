// SPDX-License-Identifier: MIT
#pragma once

namespace xcap {

struct KeptCapabilities {
  // CAP_DAC_OVERRIDE, in every thread: for a recorder that writes into another user's directory.
  bool dac_override = false;
  // What it takes to read other users' processes and the kernel's symbols, in the threads that are a SymbolThread only.
  bool symbols = false;
};

// Takes every other capability from every thread of this process, and the way back (no_new_privs). Linux keeps
// capabilities per thread, and Node has threads of its own. Returns 0 or an errno; 0 also when there was nothing to
// give up. Main thread, when nothing else starts threads.
int DropCapabilities(const KeptCapabilities& kept);

// The thread that makes one counts as a symbol thread for as long as it lives.
class SymbolThread {
 public:
  SymbolThread();
  ~SymbolThread();
  SymbolThread(const SymbolThread&) = delete;
  SymbolThread& operator=(const SymbolThread&) = delete;
};

}  // namespace xcap
