# Builds what is older than its sources, and nothing else. tools/setup.sh installs what this needs and calls it.
# Why not node-gyp: one graph from BPF to TypeScript, no Python, no header download. See ARCHITECTURE.md.

ARCH := $(shell uname -m | sed 's/x86_64/x86/; s/aarch64/arm64/')
# Debian keeps asm/types.h in a folder named for the machine, and clang's BPF target does not look there.
MULTIARCH := $(shell $(CC) -print-multiarch 2>/dev/null)
# Node's headers are on the machine: beside the node that runs, or where Debian's packages put them.
NODE_INCLUDE := $(firstword $(wildcard $(dir $(realpath $(shell command -v node)))../include/node /usr/include/node))

CLANG ?= clang
BPFTOOL ?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)
BPF_CFLAGS := -target bpf -mcpu=v3 -g -O2 -Wall -Wextra -Wno-unused-parameter -Werror -Ibpf \
	$(if $(MULTIARCH),-I/usr/include/$(MULTIARCH))
# XCAPTURE_BLAZESYM=off builds without symbols of stacks, and without Rust.
BLAZESYM := $(if $(filter off,$(XCAPTURE_BLAZESYM)),,$(shell \
	sed -n 's/^blazesym-c.*"=\([0-9.]*\)".*/\1/p' native/rust/Cargo.toml))
# Changes with that, and with nothing else.
CHOICE := build/blazesym-$(or $(BLAZESYM),off)
CXXFLAGS := -std=c++17 -O2 -g -fPIC -pthread -Wall -Wextra -Werror -fvisibility=hidden \
	-DNAPI_VERSION=8 -DNAPI_CPP_EXCEPTIONS -DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS -DNODE_GYP_MODULE_NAME=xcapture \
	-isystem $(NODE_INCLUDE) -isystem node_modules/node-addon-api -isystem build/bpf -Ibpf -Inative \
	$(if $(BLAZESYM),-isystem build/rust -DXCAP_BLAZESYM='"$(BLAZESYM)"')
LDLIBS := -lbpf -lelf -lz
# Of the Rust library only what is used, and none of its names.
LDFLAGS := -Wl,--gc-sections -Wl,--exclude-libs,ALL
SANITIZE := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined

RUST := build/rust/libxcapture_rust.a
# Symbols need the Rust library.
SYMBOLIZING := $(wildcard native/symbolizing/*.cc)
NATIVE := $(wildcard native/*.cc native/sampling/*.cc) $(if $(BLAZESYM),$(SYMBOLIZING))
BPF := $(wildcard bpf/*.bpf.c)
BPF_HEADERS := $(wildcard bpf/*.h bpf/*/*.h)
SKELETONS := $(BPF:bpf/%.bpf.c=build/bpf/%.skel.h)
WORKLOADS := $(patsubst %.c,build/%,$(filter-out %.bpf.c,$(wildcard test/workloads/*.c bench/workloads/*.c))) \
	build/test/workloads/stacks-static

# cargo builds these for the tests, beside what it builds for the addon.
RUST_EXAMPLES := build/test/unwind-process build/test/unwound-rust

PRELOADS := $(patsubst %.c,build/%.so,$(wildcard test/preload/*.c))

# A line a step, where nobody reads make's own output.
say = @echo "xcapture: $(1)" >&2

# Nothing here is made by make's own rules, and these take tools/arm64.sh for the source of tools/arm64.
MAKEFLAGS += --no-builtin-rules

.PHONY: all check test kernels asan clean
all: build/xcapture.node dist/.built
check: all
test: all asan $(WORKLOADS) $(PRELOADS) $(RUST_EXAMPLES) $(BPF:bpf/%.bpf.c=build/bpf/arm64/%.bpf.o) node_modules/.tap-built
kernels: test
asan: build/asan/xcapture.node

# Not npm ci: it refuses a lock file without the binaries for other systems, which not every registry has. Neither
# changes package-lock.json.
node_modules/.package-lock.json: package-lock.json
	$(call say,npm install)
	npm install --no-save --no-audit --no-fund --loglevel=error >&2
	touch $@

# tap runs with the plugins that it was built with, and notices only after the first run that .taprc asks for others.
node_modules/.tap-built: .taprc node_modules/.package-lock.json
	$(call say,tap build)
	node_modules/.bin/tap build
	touch $@

build/bpf/%.bpf.o: bpf/%.bpf.c $(BPF_HEADERS)
	$(call say,compile $@)
	@mkdir -p $(@D)
	$(CLANG) $(BPF_CFLAGS) -D__TARGET_ARCH_$(ARCH) -c $< -o $@

# Not loaded here: proves that the sources compile for the other platform, too.
build/bpf/arm64/%.bpf.o: bpf/%.bpf.c $(BPF_HEADERS)
	$(call say,compile $@)
	@mkdir -p $(@D)
	$(CLANG) $(BPF_CFLAGS) -D__TARGET_ARCH_arm64 -c $< -o $@

build/bpf/%.skel.h: build/bpf/%.bpf.o
	$(BPFTOOL) gen skeleton $< name $*_bpf > $@.new
	mv $@.new $@

build/bench/%.bpf.o: bench/workloads/%.bpf.c $(BPF_HEADERS)
	@mkdir -p $(@D)
	$(CLANG) $(BPF_CFLAGS) -D__TARGET_ARCH_$(ARCH) -c $< -o $@

build/bench/%.skel.h: build/bench/%.bpf.o
	$(BPFTOOL) gen skeleton $< name $*_bpf > $@.new
	mv $@.new $@

# One of these files at a time, so that a build the other way is newer than what was made this way.
$(CHOICE):
	@mkdir -p $(@D)
	@rm -f build/blazesym-*
	@touch $@

# cargo is not told of make's jobs, whose descriptors it does not get.
$(RUST): native/rust/Cargo.toml native/rust/Cargo.lock $(wildcard native/rust/src/*.rs native/rust/src/*/*.rs)
	$(call say,cargo build)
	@mkdir -p build/rust
	MAKEFLAGS= cargo build --quiet --release --locked --manifest-path $< --target-dir build/rust \
		--message-format=json-render-diagnostics >build/rust/messages
	strip --strip-debug -o $@ build/rust/release/libxcapture_rust.a

$(RUST_EXAMPLES) &: $(RUST) $(wildcard native/rust/examples/*.rs)
	$(call say,cargo build)
	@mkdir -p build/test
	MAKEFLAGS= cargo build --quiet --release --locked --examples --manifest-path native/rust/Cargo.toml \
		--target-dir build/rust
	cp build/rust/release/examples/unwind-process build/test/unwind-process
	cp build/rust/release/examples/threads build/test/unwound-rust

# It is in the crate, wherever cargo keeps that: it has said so.
build/rust/blazesym.h: $(RUST)
	cp "$$(sed -n 's|.*"manifest_path":"\([^"]*/blazesym-c-[^"]*\)/Cargo.toml".*|\1|p' build/rust/messages | \
		head -n 1)/include/blazesym.h" $@

$(SYMBOLIZING:native/%.cc=build/native/%.o) $(SYMBOLIZING:native/%.cc=build/asan/%.o): build/rust/blazesym.h

build/native/%.o: native/%.cc $(SKELETONS) $(CHOICE) Makefile node_modules/.package-lock.json
	$(call say,compile $@)
	@mkdir -p $(@D)
	$(CXX) $(CXXFLAGS) -MMD -MP -c $< -o $@

build/asan/%.o: native/%.cc $(SKELETONS) $(CHOICE) Makefile node_modules/.package-lock.json
	$(call say,compile $@)
	@mkdir -p $(@D)
	$(CXX) $(CXXFLAGS) $(SANITIZE) -MMD -MP -c $< -o $@

build/xcapture.node: $(NATIVE:native/%.cc=build/native/%.o) $(if $(BLAZESYM),$(RUST))
	$(CXX) -shared -pthread $(LDFLAGS) $^ $(LDLIBS) -o $@

build/asan/xcapture.node: $(NATIVE:native/%.cc=build/asan/%.o) $(if $(BLAZESYM),$(RUST))
	$(CXX) -shared -pthread $(SANITIZE) $(LDFLAGS) $^ $(LDLIBS) -o $@

build/test/workloads/%: test/workloads/%.c $(wildcard test/workloads/*.h)
	$(call say,compile $@)
	@mkdir -p $(@D)
	$(CC) -O2 -g -Wall -Wextra -Werror -pthread $< -o $@

# Each program of these lies at the same addresses.
build/test/workloads/stacks-static: test/workloads/stacks.c $(wildcard test/workloads/*.h)
	$(call say,compile $@)
	@mkdir -p $(@D)
	$(CC) -O2 -g -Wall -Wextra -Werror -pthread -static -no-pie $< -o $@

build/test/preload/%.so: test/preload/%.c
	$(call say,compile $@)
	@mkdir -p $(@D)
	$(CC) -O2 -g -Wall -Wextra -Werror -fPIC -shared $< -o $@

build/bench/workloads/walk: bench/workloads/walk.c build/bpf/task.skel.h build/bench/empty.skel.h
	@mkdir -p $(@D)
	$(CC) -O2 -g -Wall -Wextra -Werror -Ibpf -Ibuild/bpf -Ibuild/bench $< $(LDLIBS) -o $@

build/bench/workloads/calls: bench/workloads/calls.c build/bpf/sysc.skel.h build/bench/clock.skel.h
	@mkdir -p $(@D)
	$(CC) -O2 -g -Wall -Wextra -Werror -pthread -Ibpf -Ibuild/bpf -Ibuild/bench $< $(LDLIBS) -o $@

build/bench/workloads/%: bench/workloads/%.c
	$(call say,compile $@)
	@mkdir -p $(@D)
	$(CC) -O2 -g -Wall -Wextra -Werror -pthread $< -o $@

# Folders count, too, so that a source that has gone takes what was made of it along. With the dot, because test alone
# is a target above.
dist/.built: tsconfig.json package.json node_modules/.package-lock.json \
		$(shell find bin/. lib/. tools/. bench/. test/. -type d -o -name '*.ts')
	$(call say,tsc)
	rm -rf dist
	node_modules/.bin/tsc -p .
	chmod +x dist/bin/*.js
	touch $@

clean:
	rm -rf build dist .tap

-include $(wildcard build/native/*.d build/native/*/*.d build/asan/*.d build/asan/*/*.d)
