// SPDX-License-Identifier: MIT
#pragma once

#include <napi.h>

namespace xcap {

// The class NativeSymbolizer; lib/native.ts says what it means.
Napi::Function DefineJsSymbolizer(Napi::Env env);

}  // namespace xcap
