// SPDX-License-Identifier: MIT
#pragma once

namespace xcap {

// Takes every capability from every thread of this process, and the way back (no_new_privs). Linux keeps capabilities
// per thread, and Node has threads of its own. CAP_DAC_OVERRIDE may be kept, for a recorder that writes into somebody
// else's directory. Returns 0 or an errno; 0 also when there was nothing to give up.
// Main thread, when nothing else starts threads.
int DropCapabilities(bool keeps_dac_override);

}  // namespace xcap
