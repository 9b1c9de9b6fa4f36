#!/usr/bin/env bash
# `npm run test:arm64`: loads the sampler on Debian's arm64 kernel in an emulated machine, and samples once. A static
# program does it (tools/arm64/sample-once.c), because nothing of this machine runs there. Kernel, libraries and log
# stay in build/kernels/arm64. Needs root, for the packages; set-up installs the compiler and the emulator.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
PATH=$PATH:/usr/sbin:/sbin
cache=$PWD/build/kernels/arm64
log=$cache/console.log

fail() {
	echo "arm64: $1" >&2
	exit 1
}

# apt-get for another architecture, with nothing of this machine's own state.
mkdir -p "$cache"/{lists/partial,archives/partial}
cat >"$cache/apt.conf" <<END
APT::Architecture "arm64";
APT::Architectures { "arm64"; };
APT::Sandbox::User "root";
Dir::State::Lists "$cache/lists";
Dir::Cache "$cache";
Dir::State::status "/dev/null";
END

fetch() (
	export APT_CONFIG=$cache/apt.conf
	cd "$cache"
	apt-get update -qq || fail 'apt-get update has failed'
	kernel=$(apt-cache depends linux-image-cloud-arm64 | awk '/Depends: linux-image-[0-9]/ { print $2; exit }')
	[ -n "$kernel" ] || fail 'no package linux-image-cloud-arm64'
	apt-get download -qq "$kernel" libbpf-dev libelf-dev zlib1g-dev || fail "cannot download $kernel"
	for package in *.deb; do dpkg -x "$package" "$cache/root"; done
	rm -- *.deb
	touch complete
)

[ -e "$cache/complete" ] || fetch
kernel=$(echo "$cache"/root/boot/vmlinuz-*)
mkdir -p "$cache/initial"
bpftool gen skeleton build/bpf/arm64/task.bpf.o name task_bpf >"$cache/task.skel.h"
aarch64-linux-gnu-gcc -O2 -static -Wall -Wextra -I "$cache" -I bpf -I "$cache/root/usr/include" \
	tools/arm64/sample-once.c -L "$cache/root/usr/lib/aarch64-linux-gnu" -lbpf -lelf -lz -o "$cache/initial/init"
(cd "$cache/initial" && find . | cpio -oHnewc --quiet | gzip -1) >"$cache/initial.cpio.gz"
timeout 600 qemu-system-aarch64 -M virt -cpu max -accel tcg,thread=single -m 1G -nographic -no-reboot \
	-kernel "$kernel" -initrd "$cache/initial.cpio.gz" -append 'console=ttyAMA0 quiet panic=-1' \
	</dev/null 2>&1 | tr -d '\r' >"$log" || true
grep -q '^ok, ' "$log" || {
	tail -n 20 "$log" >&2
	fail "FAILED, see build/kernels/arm64/console.log"
}
echo "arm64: ${kernel##*/vmlinuz-}: $(grep '^ok, ' "$log")"
