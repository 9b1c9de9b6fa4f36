#!/bin/sh
# Formats C and C++; with --check changes nothing and fails when something is not formatted.
# Not the generated headers: `npm run generate` owns every byte of them.
set -eu
cd "$(dirname "$0")/.."
how=-i
[ "${1-}" != --check ] || how='--dry-run -Werror'
# shellcheck disable=SC2086 # several words
find bpf native test bench \( -name '*.c' -o -name '*.h' -o -name '*.cc' \) ! -name '*.gen.h' \
	-exec clang-format $how {} +
