// SPDX-License-Identifier: MIT
#pragma once

namespace xcap {

// Takes every capability from every thread of this process, and the way back (no_new_privs). Linux keeps capabilities
// per thread, and Node has threads of its own. Returns 0 or an errno; 0 also when there was nothing to give up.
// Main thread, when nothing else starts threads.
int DropCapabilities();

}  // namespace xcap
