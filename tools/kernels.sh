#!/usr/bin/env bash
# `npm run test:kernels [VERSION…]`: boots Debian's kernels in emulated machines and runs the tests of the live kernel
# (test/bpf) there. The guests see this machine's root, read-only under an overlay in their memory, and lose
# the files that a build here writes anew meanwhile. Needs root, and no KVM. Kernels and logs stay in build/kernels;
# everything else goes with the run, also when that is interrupted.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
PATH=$PATH:/usr/sbin:/sbin
root=$PWD
cache=$root/build/kernels
# Debian 12's own, and its newest from the backport of the next release.
declare -A packages=([6.1]=linux-image-cloud-amd64 [6.12]=linux-image-6.12-cloud-amd64)
# What the guest's root and the tests want, besides what these want themselves.
modules='virtio_pci virtiofs overlay loop mq-deadline ext4 af_packet veth
	tcp_diag udp_diag raw_diag unix_diag netlink_diag'
# An emulated machine is some ten times slower.
export XCAPTURE_TEST_SLOWNESS=10
limit_s=2400

fail() {
	echo "kernels: $1" >&2
	exit 1
}

[ "$(id -u)" = 0 ] || fail 'this needs root: sudo npm run test:kernels'
[ "$(uname -m)" = x86_64 ] || fail 'the guests are x86_64, and so must be this machine'

run=$(mktemp -d "${TMPDIR:-/tmp}/xcapture-kernels.XXXXXX")
# shellcheck disable=SC2317 # called by the trap
kill_below() {
	local pid
	for pid in $(pgrep -P "$1"); do
		kill_below "$pid"
		kill "$pid" 2>/dev/null || true
	done
}
# shellcheck disable=SC2317 # called by the trap
clean_up() {
	trap - EXIT
	kill_below $$
	wait 2>/dev/null || true
	rm -rf "$run"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

# The newest package of that version, unpacked in the cache. Prints its folder.
fetch() {
	local package=${packages[$1]} image folder
	image=$(apt-cache depends "$package" | awk '/Depends: linux-image-[0-9]/ { print $2; exit }')
	[ -n "$image" ] || fail "no package $package; is there a Debian 12 mirror in /etc/apt?"
	folder=$cache/${image#linux-image-}
	if [ ! -e "$folder/complete" ]; then
		echo "kernels: download $image" >&2
		rm -rf "$folder" && mkdir -p "$folder"
		(cd "$run" && apt-get download -qq "$image" 2>/dev/null) || fail "cannot download $image"
		dpkg -x "$run/${image}"_*.deb "$folder" && rm "$run/${image}"_*.deb
		depmod -b "$folder" "${image#linux-image-}"
		touch "$folder/complete"
	fi
	echo "$folder"
}

# An initial root that loads the modules, mounts this machine's root and runs the tests in it.
pack() {
	local folder=$1 to=$2 release=${1##*/} work=$run/initial.${1##*/} number=100 module
	mkdir -p "$work"/{bin,modules,host,memory,root,proc,dev}
	cp /bin/busybox "$work/bin"
	for module in $(for name in $modules; do
		modprobe -d "$folder" -S "$release" --show-depends "$name" 2>/dev/null || true
	done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }'); do
		number=$((number + 1))
		case $module in
		*.xz) xz -dc "$module" >"$work/modules/$number.ko" ;;
		*) cp "$module" "$work/modules/$number.ko" ;;
		esac
	done
	cp tools/guest/init "$work/init"
	chmod +x "$work/init"
	(cd "$work" && find . | cpio -oHnewc --quiet | gzip -1) >"$to"
}

# Boots one kernel; its console goes to the log. The tests' results are lines that begin with `kernels:`.
boot() {
	local version=$1 folder=$2 socket=$run/$1.sock log=$cache/$1.log
	local for_tests="xcapture_root=$root xcapture_slowness=$XCAPTURE_TEST_SLOWNESS"
	pack "$folder" "$run/$version.cpio.gz"
	/usr/lib/qemu/virtiofsd --socket-path="$socket" -o source=/ -o sandbox=chroot -o cache=always >/dev/null 2>&1 &
	local daemon=$!
	for _ in $(seq 100); do
		[ ! -S "$socket" ] || break
		sleep .05
	done
	# Several threads of the emulator make some kernels panic, and so does a check of the timer on a busy machine.
	timeout "$limit_s" qemu-system-x86_64 -accel tcg,thread=single -cpu max -smp 2 -m 3G -nic none -nographic \
		-no-reboot -kernel "$folder/boot/vmlinuz-${folder##*/}" -initrd "$run/$version.cpio.gz" \
		-append "console=ttyS0 quiet panic=-1 no_timer_check $for_tests" \
		-object memory-backend-memfd,id=memory,size=3G,share=on -machine memory-backend=memory \
		-chardev socket,id=host,path="$socket" -device vhost-user-fs-pci,chardev=host,tag=host \
		</dev/null 2>&1 | stdbuf -oL tr -d '\r' >"$log" &
	wait $! || true
	kill "$daemon" 2>/dev/null || true
	grep '^kernels: ' "$log" | sed "s/^kernels: /kernels: $version: /" || true
	if grep -q '^kernels: all tests passed' "$log"; then return; fi
	echo "kernels: $version: FAILED, see build/kernels/$version.log" >&2
	grep -E '^kernels: .* FAILED' "$log" >/dev/null || tail -n 20 "$log" >&2
	return 1
}

[ $# -gt 0 ] || set -- 6.1 6.12
for version; do
	[ -n "${packages[$version]-}" ] || fail "no kernel $version; there are: ${!packages[*]}"
done
mkdir -p "$cache"
jobs=()
for version; do
	folder=$(fetch "$version")
	boot "$version" "$folder" &
	jobs+=($!)
done
status=0
for job in "${jobs[@]}"; do wait "$job" || status=1; done
exit $status
