#!/bin/sh
# Includes between folders go one way. bpf/task may include bpf/tracking, and both bpf/kernel. native/sampling and
# native/symbolizing do not include each other. Fails with the lines that break this.
set -eu
cd "$(dirname "$0")/.."
found=$(
	grep -nE '^#include "(task|tracking)/' bpf/kernel/*.h || true
	grep -nE '^#include "task/' bpf/tracking/*.h || true
	grep -nE '^#include "symbolizing/' native/sampling/*.h native/sampling/*.cc || true
	grep -nE '^#include "sampling/' native/symbolizing/*.h native/symbolizing/*.cc || true
)
[ -z "$found" ] || {
	echo "$found" >&2
	exit 1
}
