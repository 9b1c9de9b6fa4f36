#!/bin/sh
# Installs what is missing, then builds what has changed. Says nothing when there is nothing to do.
# usage: tools/setup.sh [check|test|kernels]: each also wants what developers need; `test` builds what the tests need,
# too, and `kernels` wants what boots other kernels.
set -eu
cd "$(dirname "$0")/.."
goal=${1-all}
# Debian keeps bpftool where people who are not root do not look, and each version of PostgreSQL in a folder of its own.
PATH=$PATH:/usr/sbin:/sbin$(printf ':%s' /usr/lib/postgresql/*/bin)

fail() {
	echo "xcapture: $1" >&2
	exit 1
}

node=$(command -v node) || fail 'Node.js 20 or newer is needed: https://nodejs.org'
command -v npm >/dev/null || fail 'npm is needed, and comes with Node.js: https://nodejs.org'
version=$(node --version)
major=${version#v}
[ "${major%%.*}" -ge 20 ] || fail "Node.js 20 or newer is needed, this is $version: https://nodejs.org"

# Any headers do, beside the node that runs or Debian's: the addon keeps to version 8 of Node-API.
node=$(readlink -f "$node")
headers=${node%/*}/../include/node/node_api.h
[ -e "$headers" ] || headers=/usr/include/node/node_api.h

# A command or a file that is needed, and the package that brings it: with apt-get, dnf, zypper and pacman.
needed="
clang                           clang         clang                  clang                 clang
bpftool                         bpftool       bpftool                bpftool               bpf
make                            make          make                   make                  make
g++                             g++           gcc-c++                gcc-c++               gcc
/usr/include/bpf/libbpf.h       libbpf-dev    libbpf-devel           libbpf-devel          libbpf
/usr/include/libelf.h           libelf-dev    elfutils-libelf-devel  libelf-devel          libelf
/usr/include/zlib.h             zlib1g-dev    zlib-devel             zlib-devel            zlib
$headers                        libnode-dev   nodejs-devel           nodejs-devel-default  nodejs"
# Symbols of stacks are looked up by a Rust library. Debian's packages of the plain names are too old for it.
[ "${XCAPTURE_BLAZESYM-}" = off ] || needed="$needed
cargo                           cargo-web     cargo                  cargo                 rust
rustc                           rustc-web     rust                   rust                  rust"
[ "$goal" != check ] || [ "${XCAPTURE_BLAZESYM-}" = off ] || needed="$needed
rustfmt                         rustfmt-web     rustfmt              rustfmt               rust"
[ "$goal" = all ] || needed="$needed
clang-format                    clang-format  clang-tools-extra      clang                 clang
jq                              jq            jq                     jq                    jq
python3                         python3       python3                python3               python
addr2line                       binutils      binutils               binutils              binutils
gdb                             gdb           gdb                    gdb                   gdb
strace                          strace        strace                 strace                strace
setpriv                         util-linux    util-linux             util-linux            util-linux
ss                              iproute2      iproute                iproute2              iproute2"
# Programs whose stacks the tests compare with gdb's.
[ "$goal" != test ] || needed="$needed
go                              golang-go     golang                 go                    go
postgres                        postgresql    postgresql-server      postgresql-server     postgresql"
# What boots other kernels; these come as Debian's packages only.
[ "$goal" != kernels ] || needed="$needed
qemu-system-x86_64              qemu-system-x86     qemu-system-x86-core  qemu-x86        qemu-system-x86
qemu-system-aarch64             qemu-system-arm     qemu-system-aarch64-core  qemu-system-aarch64  qemu-system-aarch64
aarch64-linux-gnu-gcc           gcc-aarch64-linux-gnu  gcc-aarch64-linux-gnu  cross-aarch64-gcc12  aarch64-linux-gnu-gcc
/usr/aarch64-linux-gnu/include/stdio.h  libc6-dev-arm64-cross  glibc-arm-linux-gnu-devel \
	cross-aarch64-glibc-devel  aarch64-linux-gnu-glibc
/usr/lib/qemu/virtiofsd         qemu-system-common  virtiofsd             virtiofsd       virtiofsd
/bin/busybox                    busybox-static      busybox               busybox-static  busybox
cpio                            cpio                cpio                  cpio            cpio
depmod                          kmod                kmod                  kmod            kmod
pgrep                           procps              procps-ng             procps          procps-ng"

# Prints one column of the table for everything that is missing: `probe`, or the name of a package manager.
# File tests and built-ins only, because each `npm start` asks.
missing() {
	while read -r probe apt dnf zypper pacman; do
		case $probe in
		'') continue ;;
		/*) [ ! -e "$probe" ] || continue ;;
		*) ! command -v "$probe" >/dev/null || continue ;;
		esac
		case $1 in
		probe) printf '%s ' "$probe" ;;
		apt) printf '%s ' "$apt" ;;
		dnf) printf '%s ' "$dnf" ;;
		zypper) printf '%s ' "$zypper" ;;
		pacman) printf '%s ' "$pacman" ;;
		esac
	done <<-END
		$needed
	END
}

install_missing() {
	# shellcheck source=/dev/null
	family=$(. /etc/os-release && echo " ${ID-} ${ID_LIKE-} ") 2>/dev/null || family=
	case $family in
	*' debian '* | *' ubuntu '*)
		# libnode-dev goes with Debian's own Node.js, and would install that over another one.
		[ -e "$headers" ] || dpkg -S "$node" >/dev/null 2>&1 ||
			fail "$node came without its headers, ../include/node; those of https://nodejs.org have them"
		command="apt-get install -y --no-install-recommends $(missing apt)"
		;;
	*' fedora '* | *' rhel '*) command="dnf install -y $(missing dnf)" ;;
	*suse*) command="zypper install -y $(missing zypper)" ;;
	*' arch '*) command="pacman -S --needed $(missing pacman)" ;;
	*) fail "these are missing: $(missing probe)(in Debian's packages $(missing apt))" ;;
	esac
	case $family in
	# There the tool belongs to the kernel, and bpftool only points to it.
	*' ubuntu '*)
		command=$(echo "$command " | sed "s/ bpftool / linux-tools-common linux-tools-$(uname -r) /
			s/ cargo-web / cargo /; s/ rustc-web / rustc /")
		;;
	esac
	command=${command% }
	[ "$(id -u)" = 0 ] || fail "packages are missing, run: sudo $command"
	case $command in
	apt-get*) ;;
	*) fail "packages are missing, run: $command" ;;
	esac
	echo "xcapture: $command" >&2
	export DEBIAN_FRONTEND=noninteractive
	case $command in
	*' postgresql'*)
		# The tests want its programs; without this file the package also makes a database and starts it.
		no_database=/etc/postgresql-common/createcluster.d/xcapture.conf
		mkdir -p "${no_database%/*}"
		echo 'create_main_cluster = false' >"$no_database"
		trap 'rm -f "$no_database"' EXIT
		;;
	esac
	# shellcheck disable=SC2086 # the command's words
	{ apt-get update -qq && $command -qq; } >/dev/null || fail "this failed: $command"
	rm -f "${no_database-}"
	still=$(missing probe)
	[ -z "$still" ] || fail "still missing after the installation: $still"
}

[ -z "$(missing probe)" ] || install_missing

libbpf=$(awk '/_MAJOR_VERSION/ { major = $3 } /_MINOR_VERSION/ { minor = $3 } END { print major * 1000 + minor }' \
	/usr/include/bpf/libbpf_version.h 2>/dev/null) || libbpf=0
[ "$libbpf" -ge 1001 ] || fail 'libbpf 1.1 or newer is needed, /usr/include/bpf is older'

# Asked only before the library is built, because it takes a moment. Source: rust-version in native/rust/Cargo.toml.
if [ "${XCAPTURE_BLAZESYM-}" != off ] && [ ! -e build/rust/libxcapture_rust.a ]; then
	cargo=$(cargo --version) || fail 'cargo does not run; XCAPTURE_BLAZESYM=off builds without it'
	version=${cargo#cargo 1.}
	version=${version%%.*}
	[ "$version" -ge 88 ] 2>/dev/null ||
		fail "Rust 1.88 or newer is needed, this is $cargo: rustup update, or packages cargo-web and rustc-web
xcapture: on Debian; XCAPTURE_BLAZESYM=off builds without names for the frames of stacks"
fi

exec make -s -j2 "$goal"
