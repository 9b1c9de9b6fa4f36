/*
 * Loads the sampler on the kernel that runs, walks all tasks once, and prints what it says of a child that waits in
 * read(2) on a pipe: ok, or what is wrong.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/types.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "xcapture.h"
#include "task.skel.h"

static char rows[1 << 20];

static int sample(pid_t child, int fd)
{
	struct task_bpf *skel = task_bpf__open();
	struct bpf_link *link;
	size_t size = 0;
	int iter, entries = 0;
	long n;

	if (!skel)
		return puts("cannot open");
	skel->rodata->xcap_all = true;
	skel->rodata->xcap_want_filename = true;
	skel->rodata->xcap_want_socket = true;
	skel->rodata->xcap_want_extra = true;
	skel->rodata->xcap_want_aio = true;
	skel->rodata->xcap_want_uring = true;
	skel->rodata->xcap_want_kstack = true;
	skel->rodata->xcap_want_ustack = true;
	if (task_bpf__load(skel))
		return puts("cannot load");
	link = bpf_program__attach_iter(skel->progs.xcap_sample, NULL);
	if (!link)
		return puts("cannot attach");
	skel->bss->xcap_walk.number = 1;
	iter = bpf_iter_create(bpf_link__fd(link));
	while ((n = read(iter, rows + size, sizeof(rows) - size)) > 0)
		size += n;
	for (size_t at = 0; at + sizeof(struct xcap_head) <= size;) {
		struct xcap_head *head = (struct xcap_head *)(rows + at);
		struct xcap_task *task = (struct xcap_task *)head;
		struct xcap_syscall *call = (struct xcap_syscall *)(task + 1);
		struct xcap_file *file = (struct xcap_file *)(call + 1);
		struct xcap_stacks *stacks = (struct xcap_stacks *)(rows + at + head->len) - 1;

		if (head->len < sizeof(*head))
			return puts("malformed");
		entries++;
		at += head->len;
		if (head->kind != XCAP_KIND_TASK || task->tid != (__u32)child)
			continue;
		printf("state %d (SLEEP is %d), parts %x, syscall %d (read is %d), arg1 %llu (%d), magic %x\n",
		       task->state, XCAP_STATE_SLEEP, head->parts, call->nr, SYS_read, call->arg1, fd, file->magic);
		if (task->state == XCAP_STATE_SLEEP &&
		    head->parts == (XCAP_PART_SYSCALL | XCAP_PART_FILE | XCAP_PART_STACKS) &&
		    call->nr == SYS_read && call->arg1 == (__u64)fd && file->magic == 0x50495045 &&
		    stacks->kstack_hash && stacks->ustack_hash)
			printf("ok, ");
	}
	printf("%d entries\n", entries);
	return 0;
}

int main(void)
{
	int ends[2];
	pid_t child;
	char byte;

	setvbuf(stdout, NULL, _IONBF, 0);
	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	if (pipe(ends) == 0 && (child = fork()) >= 0) {
		if (child == 0) {
			(void)!read(ends[0], &byte, 1);
			_exit(0);
		}
		sleep(2);
		sample(child, ends[0]);
	}
	reboot(RB_POWER_OFF);
	return 0;
}
