/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/* Every knob of the BPF programs: read-only data, set before loading, so that the verifier drops what is switched off. */
#ifndef XCAP_CONFIG_BPF_H
#define XCAP_CONFIG_BPF_H

#include "kernel/vmlinux.h"

/* -a: rows for idle tasks, too. */
const volatile bool xcap_all = false;
/* -d: the idle rules take a socket whose local port is not above this one for a daemon's. */
const volatile __u16 xcap_daemon_ports = 10000;
/* Columns that cost something: read only if the output, a filter or --where asks for them. */
const volatile bool xcap_want_cmdline = false;
const volatile bool xcap_want_container = false;
const volatile bool xcap_want_filename = false;
/*
 * Which hierarchy of control groups tells a task's: version 2, or where nobody uses that, the version 1 hierarchy of a
 * controller (enum xcap_hierarchy).
 */
const volatile __u32 xcap_hierarchy = 0;
/* connection, conn_state and extra_info. */
const volatile bool xcap_want_socket = false;
const volatile bool xcap_want_extra = false;
/* aiofilename and uringfilename, or extra_info. */
const volatile bool xcap_want_aio = false;
const volatile bool xcap_want_uring = false;
/* -t syscall, -t iorq. */
const volatile bool xcap_track_calls = false;
/* --track-light: the walk follows calls by itself. */
const volatile bool xcap_track_task_work = false;
/* -p with -t syscall: only threads that the walk has met have a slot. */
const volatile bool xcap_gives_slots = false;
const volatile bool xcap_track_requests = false;
/* -Y: what a sampled call writes. */
const volatile bool xcap_want_payload = false;
/* -k, -u. */
const volatile bool xcap_want_kstack = false;
const volatile bool xcap_want_ustack = false;
/* -u, where user space unwinds: registers and a slice of the stack instead of frames. */
const volatile bool xcap_want_slice = false;

#endif
