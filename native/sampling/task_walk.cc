// SPDX-License-Identifier: MIT
#include "sampling/task_walk.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <sys/utsname.h>

#include <cerrno>
#include <memory>
#include <string>

#include "clock.h"
#include "error.h"
#include "pid_namespace.h"
#include "sampling/bpf_loading.h"
#include "xcapture.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#include "task.skel.h"
#pragma GCC diagnostic pop

namespace xcap {

namespace {

// --track-light: a function in the kernel, and registers that show whether a call runs or has ended.
void RequireTaskWork() {
  const char* function = "bpf_task_work_schedule_resume_impl";
  const std::unique_ptr<btf, decltype(&btf__free)> types(btf__load_vmlinux_btf(), btf__free);
  const bool is_there = types && btf__find_by_name_kind(types.get(), function, BTF_KIND_FUNC) > 0;
#ifdef __x86_64__
  if (is_there) return;
  const char* what = "--track-light needs Linux 6.18 or newer";
#else
  (void)is_there;
  const char* what = "--track-light is for x86_64";
#endif
  utsname name{};
  throw Error("XCAP_NO_TASK_WORK",
              std::string(what) + (uname(&name) == 0 ? std::string(", and this is ") + name.release : ""), ENOSYS,
              "-t syscall does the same by tracepoints");
}

}  // namespace

TaskWalk::TaskWalk(const WalkOptions& options) {
  const BpfLoading loading(options.verbose);
  skeleton_ = task_bpf__open();
  if (!skeleton_) throw ExplainBpfFailure("open the sampler", errno);
  Flags flags = options.flags;
  flags.track_calls = options.slots_fd >= 0;
  flags.track_task_work = options.events_fd >= 0;
  flags.track_requests = options.requests_fd >= 0;
  flags.gives_slots = options.slots_fd >= 0 && !options.pids.empty();
  SetFlags(*skeleton_->rodata, flags);
  if (!flags.want_kstack && !flags.want_ustack) {
    bpf_map__set_max_entries(skeleton_->maps.xcap_known_stacks, 1);
    bpf_map__set_max_entries(skeleton_->maps.xcap_last_of_threads, 1);
  }
  if (options.events_fd >= 0) {
    bpf_map__reuse_fd(skeleton_->maps.xcap_events, options.events_fd);
  } else {
    bpf_map__set_autocreate(skeleton_->maps.xcap_events, false);
    bpf_map__set_autocreate(skeleton_->maps.xcap_task_work_calls, false);
  }
  if (options.slots_fd >= 0) bpf_map__reuse_fd(skeleton_->maps.xcap_slots, options.slots_fd);
  if (options.requests_fd >= 0) {
    bpf_map__reuse_fd(skeleton_->maps.xcap_requests, options.requests_fd);
  } else {
    bpf_map__set_max_entries(skeleton_->maps.xcap_requests, 1);
    bpf_map__set_max_entries(skeleton_->maps.xcap_owners, 1);
    bpf_map__set_max_entries(skeleton_->maps.xcap_pending, 1);
  }
  // No number comes back after a restart, as long as fewer than one a microsecond are given.
  skeleton_->bss->xcap_walk.next_seq = Now(CLOCK_REALTIME) / 1000;
  if (options.pids.size() > 1) {
    bpf_map__set_max_entries(skeleton_->maps.xcap_pids, static_cast<uint32_t>(options.pids.size()));
  }
  try {
    if (options.events_fd >= 0) RequireTaskWork();
    if (const int err = task_bpf__load(skeleton_); err != 0) throw ExplainBpfFailure("load the sampler", -err);
    for (const uint32_t pid : options.pids) {
      const uint8_t present = 1;
      if (bpf_map__update_elem(skeleton_->maps.xcap_pids, &pid, sizeof pid, &present, sizeof present, BPF_ANY) != 0) {
        throw ExplainBpfFailure("store the process ids", errno);
      }
    }
    union bpf_iter_link_info info {};
    LIBBPF_OPTS(bpf_iter_attach_opts, attach);
    if (options.pids.size() == 1) {
      info.task.pid = options.pids.front();
      attach.link_info = &info;
      attach.link_info_len = sizeof info;
      // Linux 6.1, f0d74c4da1f0 ("bpf: Parameterize task iterators."). Older ones refuse, and xcap_pids does the work.
      link_ = bpf_program__attach_iter(skeleton_->progs.xcap_sample, &attach);
      uses_pid_iterator_ = link_ != nullptr;
    }
    if (!link_) link_ = bpf_program__attach_iter(skeleton_->progs.xcap_sample, nullptr);
    if (!link_) throw ExplainBpfFailure("attach the sampler", errno);
    if (!uses_pid_iterator_ && !options.pids.empty()) {
      // xcap_pids holds ids of the initial PID namespace, and ours may be others.
      if (!InInitialPidNamespace()) {
        throw Error("XCAP_PID_NAMESPACE", "inside a PID namespace -p takes one process, on Linux 6.1 or newer", EINVAL,
                    "run it in the initial PID namespace");
      }
      skeleton_->bss->xcap_walk.pids = static_cast<uint32_t>(options.pids.size());
    }
  } catch (...) {
    task_bpf__destroy(skeleton_);
    throw;
  }
}

TaskWalk::~TaskWalk() {
  bpf_link__destroy(link_);
  task_bpf__destroy(skeleton_);
}

size_t TaskWalk::ReadBytes() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)) * 8; }

UniqueFd TaskWalk::Start(uint64_t number, uint64_t start_ns) {
  skeleton_->bss->xcap_walk.number = number;
  skeleton_->bss->xcap_walk.start_ns = start_ns;
  skeleton_->bss->xcap_walk.tasks = 0;
  skeleton_->bss->xcap_walk.unreadable = 0;
  return UniqueFd(bpf_iter_create(bpf_link__fd(link_)));
}

Marked TaskWalk::marked() const noexcept {
  const auto& walk = skeleton_->bss->xcap_walk;
  return {walk.marked_calls, walk.marked_requests, walk.without_slot, walk.task_work_ring_full, walk.task_work_unseen};
}

}  // namespace xcap
