/* SPDX-License-Identifier: (GPL-2.0-only OR MIT) */
/* What the threads of a process share: the path of its program, and its command line. */
#ifndef XCAP_PROCESS_BPF_H
#define XCAP_PROCESS_BPF_H

#include "config.gen.h"
#include "kernel/path.bpf.h"
#include "kernel/user.bpf.h"
#include "record.gen.h"

static struct {
	struct xcap_process process;
	char exe[XCAP_PADDED(XCAP_NAMES_BYTES)];
	char cmdline[XCAP_PADDED(XCAP_CMDLINE_BYTES)];
} xcap_process_row;

/* The command line as /proc/PID/cmdline gives it, without the environment that setproctitle may spill into. */
static __always_inline u16 xcap_read_cmdline(struct task_struct *task, u64 mm, char *to)
{
	u64 start = xcap_get(struct mm_struct, mm, arg_start), len = xcap_get(struct mm_struct, mm, arg_end) - start;

	if (len > XCAP_CMDLINE_BYTES)
		len = XCAP_CMDLINE_BYTES;
	return len && xcap_read_user(task, to, len, start) ? len : 0;
}

/* False when it does not fit. */
static __always_inline bool xcap_emit_process(struct seq_file *seq, struct task_struct *task, u64 mm, u64 exe_file)
{
	struct xcap_process *row = &xcap_process_row.process;
	u32 len = 0, cmdline_len = 0;

	row->exe_flags = 0;
	if (exe_file)
		len = xcap_read_path(xcap_current.fs, exe_file, xcap_process_row.exe, &row->exe_flags);
	if (len > XCAP_NAMES_BYTES)
		len = XCAP_NAMES_BYTES;
	if (xcap_want_cmdline)
		cmdline_len = xcap_read_cmdline(task, mm, xcap_process_row.cmdline);
	row->head.kind = XCAP_KIND_PROCESS;
	row->head.len = sizeof(*row) + XCAP_PAD(len) + XCAP_PAD(cmdline_len);
	row->tgid = task->tgid;
	row->exe_bytes = len;
	row->cmdline_bytes = cmdline_len;
	if (bpf_seq_write(seq, &xcap_process_row, sizeof(*row) + XCAP_PAD(len)))
		return false;
	if (xcap_want_cmdline) {
		if (cmdline_len > XCAP_CMDLINE_BYTES)
			cmdline_len = XCAP_CMDLINE_BYTES;
		if (cmdline_len && bpf_seq_write(seq, xcap_process_row.cmdline, XCAP_PAD(cmdline_len)))
			return false;
	}
	return true;
}

#endif
