// SPDX-License-Identifier: MIT
#include "sampling/bpf_loading.h"

#include <bpf/libbpf.h>
#include <malloc.h>
#include <pthread.h>

#include <cstdarg>
#include <cstdio>

#include "error.h"

namespace xcap {

namespace {

// libbpf's printer is one for the process, and several threads may load at once.
thread_local bool is_verbose = false;

int Print(libbpf_print_level level, const char* format, va_list arguments) {
  return is_verbose && level != LIBBPF_DEBUG ? vfprintf(stderr, format, arguments) : 0;
}

}  // namespace

BpfLoading::BpfLoading(bool verbose) {
  is_verbose = verbose;
  libbpf_set_print(Print);
  RequireBtf();
  // The verifier gives up with EAGAIN when a signal is pending (kernel/bpf/verifier.c), and a profiler sends many.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before_);
}

BpfLoading::~BpfLoading() {
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  // libbpf has read the kernel's type information, some 10 MiB, and has freed it; glibc would keep it.
  malloc_trim(0);
}

}  // namespace xcap
