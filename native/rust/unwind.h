// User stacks by the unwind tables of the mapped files (.eh_frame, .debug_frame, .gopclntab), for code without frame
// pointers. The implementation is the Rust library beside this header: src/unwind. No panic crosses into C. It reads
// /proc and files, so it may block: native/sampling/unwinding.h has a thread for it. One thread at a time may use an
// unwinder.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Registers have DWARF's numbers.
// x86_64: 0 rax, 1 rdx, 2 rcx, 3 rbx, 4 rsi, 5 rdi, 6 rbp, 7 rsp, 8..15 r8..r15, 16 rip
// aarch64: 0..30 x0..x30, 31 sp, 32 pc
#define XCAP_UNWIND_REGS 33

struct xcap_unwind_request {
  uint32_t pid;       // tgid, as this /proc numbers it
  uint32_t reserved;  // 0
  // Anything that changes when the pid is another process or has called exec, such as its mm. 0: unknown.
  uint64_t identity;
  uint64_t regs_valid;  // bit n: regs[n] is known; without all of them fewer stacks can be unwound
  uint64_t regs[XCAP_UNWIND_REGS];
  uint64_t stack_start;  // address of stack[0]: sp, and on x86_64 better 128 bytes less: code may use those, too
  const uint8_t* stack;
  size_t stack_bytes;
};

// How a walk ended: one of COMPLETE, SLICE_ENDED, BROKEN and FULL.
enum {
  XCAP_UNWIND_COMPLETE = 1 << 0,       // the outermost frame is the last one
  XCAP_UNWIND_SLICE_ENDED = 1 << 1,    // the next frame is above the slice, or on another stack: a signal's, Go's
  XCAP_UNWIND_FRAME_POINTER = 1 << 2,  // at least one frame was left by its frame pointer; see XCAP_UNWIND_FIRST
  XCAP_UNWIND_NO_DATA = 1 << 3,        // one of those is code of a file that has no usable data there
  XCAP_UNWIND_NO_PROCESS = 1 << 4,     // the process has gone, or may not be read: frame pointers only
  XCAP_UNWIND_BROKEN = 1 << 5,         // what came next is no caller
  XCAP_UNWIND_FULL = 1 << 6,           // there are more than `max`
};
// The number of the first frame that was left by its frame pointer, where XCAP_UNWIND_FRAME_POINTER is set.
#define XCAP_UNWIND_FIRST(flags) ((flags) >> 8)

typedef struct xcap_unwinder xcap_unwinder;

// Null without memory.
xcap_unwinder* xcap_unwinder_new(void);
void xcap_unwinder_free(xcap_unwinder* unwinder);

// Writes the addresses of the frames, innermost first: where the thread is, then return addresses. Each is as the stack
// has it, so look up its symbol for one byte less. Returns how many there are.
size_t xcap_unwind(xcap_unwinder* unwinder, const struct xcap_unwind_request* request, uint64_t* frames, size_t max,
                   uint32_t* flags);

// Whether code begins with what a signal handler returns to. Any thread.
#define XCAP_SIGNAL_RETURN_BYTES 9  // of the longest form
bool xcap_is_signal_return(const uint8_t* code, size_t bytes);

struct xcap_unwinder_kept {
  size_t processes;
  size_t files;
  size_t file_bytes;  // of their tables; at most 192 MiB
};

void xcap_unwinder_kept(const xcap_unwinder* unwinder, struct xcap_unwinder_kept* kept);

#ifdef __cplusplus
}
#endif
