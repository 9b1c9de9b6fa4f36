/*
 * A process that sleeps in pause(2), after it has made itself what its arguments say, in their order.
 *
 *   cpu N       pinned to this CPU
 *   user N      effective user; the real one stays
 *   chroot DIR  its program was started before: it may lie in there, or outside
 *   bind DIR    in a mount namespace of its own, where DIR is mounted upon itself
 *   root DIR    that mount becomes the root, and the old one goes
 *   exec FILE   becomes this program, with the arguments that follow
 */
#include "mounts.h"

static void pin(const char *cpu)
{
	pin_to_cpu(atoi(cpu));
}

static void become_user(const char *uid)
{
	if (setresuid(-1, atoi(uid), -1) != 0)
		err(1, "setresuid %s", uid);
	die_with_parent();
}

static void change_root(const char *dir)
{
	if (chroot(dir) != 0)
		err(1, "chroot %s", dir);
}

static const struct {
	const char *name;
	void (*act)(const char *value);
} acts[] = {
	{ "cpu", pin },		 { "user", become_user }, { "chroot", change_root }, { "bind", bind_upon_itself },
	{ "root", become_root },
};

int main(int argc, char **argv)
{
	die_with_parent();
	for (int i = 1; i + 1 < argc; i += 2) {
		size_t known = 0;

		if (strcmp(argv[i], "exec") == 0) {
			execv(argv[i + 1], argv + i + 1);
			err(1, "exec %s", argv[i + 1]);
		}
		while (known < sizeof(acts) / sizeof(*acts) && strcmp(argv[i], acts[known].name) != 0)
			known++;
		if (known == sizeof(acts) / sizeof(*acts))
			errx(2, "what is %s?", argv[i]);
		acts[known].act(argv[i + 1]);
	}
	ready("pid=%d", getpid());
	wait_for_the_end();
}
