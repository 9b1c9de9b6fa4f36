#!/bin/sh
# `npm run check`: every static check but that of the types, which tsc has done in the build. The first one that fails
# ends it.
set -eu
cd "$(dirname "$0")/.."
PATH=$PWD/node_modules/.bin:$PATH

check() {
	title=$1
	shift
	echo "check: $title" >&2
	"$@" || {
		echo "check: $title: FAILED, see above; this was: $*" >&2
		exit 1
	}
}

check 'generated files are current' node dist/tools/generate.js --check
check 'lines' node dist/tools/check-lines.js
check 'includes between folders' sh tools/check-includes.sh
check 'lint' oxlint
check 'dead code and unused dependencies' knip --no-config-hints
check 'format' prettier --check --log-level warn .
check 'format of C and C++' sh tools/format-c.sh --check
[ "${XCAPTURE_BLAZESYM-}" = off ] || check 'format of Rust' cargo fmt --check --manifest-path native/rust/Cargo.toml
# Debian has no clippy that is new enough; rustup brings it.
if [ "${XCAPTURE_BLAZESYM-}" != off ] && command -v cargo-clippy >/dev/null; then
	check 'lint of Rust' cargo clippy --quiet --locked --all-targets --manifest-path native/rust/Cargo.toml \
		--target-dir build/clippy -- -D warnings
fi
