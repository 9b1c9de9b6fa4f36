// SPDX-License-Identifier: MIT
// Entries of the byte stream that native/ writes itself.
#pragma once

#include <linux/types.h>

#include <cstring>

#include "sampling/chunk_queue.h"
#include "xcapture.h"

namespace xcap {

template <typename Entry>
Entry NewEntry(xcap_kind kind) {
  Entry entry{};
  entry.head.kind = kind;
  entry.head.len = sizeof entry;
  return entry;
}

// The chunk must have room for it.
template <typename Entry>
void Append(Chunk& chunk, const Entry& entry) {
  memcpy(chunk.data.get() + chunk.size, &entry, sizeof entry);
  chunk.size += sizeof entry;
}

}  // namespace xcap
