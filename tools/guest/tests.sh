#!/usr/bin/env bash
# Runs in a guest (tools/kernels.sh): the tests of the live kernel, one file after the other, a line for each.
exec </dev/null
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
export TAP_TIMEOUT=600
status=0
# The firmware has left its own on this line.
echo
for file in dist/test/bpf/*.test.js; do
	name=${file#dist/test/bpf/} start=$SECONDS
	# In a session of its own: a process group that is left behind with a stopped member gets a SIGHUP.
	if setsid --wait timeout 600 node "$file" >"/tmp/$name.tap" 2>&1; then
		echo "kernels: ${name%.test.js} passed, $((SECONDS - start)) s"
	else
		status=1
		cat "/tmp/$name.tap"
		echo "kernels: ${name%.test.js} FAILED, $((SECONDS - start)) s"
	fi
done
[ "$status" = 0 ] && echo "kernels: all tests passed on $(uname -r), $SECONDS s"
# The machine off; this is its first program.
echo o >/proc/sysrq-trigger
sleep 60
