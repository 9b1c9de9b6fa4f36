# Builds what is older than its sources, and nothing else. tools/setup.sh installs what this needs and calls it.
# Why not node-gyp: one graph from BPF to TypeScript, no Python, no header download.

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
# The stamp of this choice: what depends on it is rebuilt when the choice changes.
CHOICE := build/blazesym-$(or $(BLAZESYM),off)
CXXFLAGS := -std=c++17 -O2 -g -fPIC -pthread -Wall -Wextra -Werror -fvisibility=hidden \
	-DNAPI_VERSION=8 -DNAPI_CPP_EXCEPTIONS -DNODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS \
	-DNODE_GYP_MODULE_NAME=xcapture \
	-isystem $(NODE_INCLUDE) -isystem node_modules/node-addon-api -isystem build/bpf -Ibpf -Inative \
	$(if $(BLAZESYM),-isystem build/rust -DXCAP_BLAZESYM='"$(BLAZESYM)"')
LDLIBS := -lbpf -lelf -lz
# Links only what is used of the Rust library, and exports none of its names.
LDFLAGS := -Wl,--gc-sections -Wl,--exclude-libs,ALL
SANITIZE := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined

RUST := build/rust/libxcapture_rust.a
# Symbols need the Rust library.
SYMBOLIZING := $(wildcard native/symbolizing/*.cc)
NATIVE := $(wildcard native/*.cc native/sampling/*.cc) $(if $(BLAZESYM),$(SYMBOLIZING))
BPF := $(wildcard bpf/*.bpf.c)
BPF_HEADERS := $(wildcard bpf/*.h bpf/*/*.h)
NATIVE_HEADERS := $(wildcard native/*.h native/*/*.h)
SKELETONS := $(BPF:bpf/%.bpf.c=build/bpf/%.skel.h)
BENCH_SKELETONS := $(patsubst bench/workloads/%.bpf.c,build/bench/%.skel.h,$(wildcard bench/workloads/*.bpf.c))
WORKLOADS := $(patsubst %.c,build/%,$(filter-out %.bpf.c,$(wildcard test/workloads/*.c bench/workloads/*.c))) \
	build/test/workloads/stacks-static

# Programs for the tests that cargo builds, beside what it builds for the addon.
RUST_EXAMPLES := $(patsubst native/rust/examples/%.rs,build/test/%,$(wildcard native/rust/examples/*.rs))

PRELOADS := $(patsubst %.c,build/%.so,$(wildcard test/preload/*.c))

# A line for each step: make itself is silent.
say = @echo "xcapture: $(1)" >&2

# make's built-in rules are not used, and would build the folder tools/arm64 from tools/arm64.sh.
MAKEFLAGS += --no-builtin-rules

.PHONY: all check test kernels asan clean
all: build/xcapture.node dist/.built
check: all $(NATIVE_HEADERS:native/%.h=build/headers/%) $(foreach arch,x86 arm64, \
		$(patsubst bpf/%.h,build/bpf/headers/$(arch)/%,$(BPF_HEADERS)))
test: all asan $(WORKLOADS) $(PRELOADS) $(RUST_EXAMPLES) $(BPF:bpf/%.bpf.c=build/bpf/arm64/%.bpf.o) \
		node_modules/.tap-built
kernels: test
asan: build/asan/xcapture.node

# Not npm ci: it refuses a lock file without the binaries for other systems, which not every registry has. Neither
# changes package-lock.json.
node_modules/.package-lock.json: package-lock.json
	$(call say,npm install)
	npm install --no-save --no-audit --no-fund --loglevel=error >&2
	touch $@

# tap runs with the plugins it was built with, and notices only after the first run that .taprc asks for others.
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

# Each header includes what it needs: it compiles alone, for either platform. What a program defines for a header to
# call (xcap_payload_read) has no definition here.
HEADER_CFLAGS = $(BPF_CFLAGS) -Wno-unused-function -Wno-undefined-internal -Wno-undefined-inline -fsyntax-only
build/bpf/headers/x86/%: bpf/%.h $(BPF_HEADERS)
	@mkdir -p $(@D)
	$(CLANG) $(HEADER_CFLAGS) -D__TARGET_ARCH_x86 -include $< -x c /dev/null
	@touch $@

build/bpf/headers/arm64/%: bpf/%.h $(BPF_HEADERS)
	@mkdir -p $(@D)
	$(CLANG) $(HEADER_CFLAGS) -D__TARGET_ARCH_arm64 -include $< -x c /dev/null
	@touch $@

build/bpf/%.skel.h: build/bpf/%.bpf.o
	$(BPFTOOL) gen skeleton $< name $*_bpf > $@.new
	mv $@.new $@

build/bench/%.bpf.o: bench/workloads/%.bpf.c $(BPF_HEADERS)
	@mkdir -p $(@D)
	$(CLANG) $(BPF_CFLAGS) -D__TARGET_ARCH_$(ARCH) -c $< -o $@

build/bench/%.skel.h: build/bench/%.bpf.o
	$(BPFTOOL) gen skeleton $< name $*_bpf > $@.new
	mv $@.new $@

# Only one of these files exists, so that it is newer than what was built by the other choice.
$(CHOICE):
	@mkdir -p $(@D)
	@rm -f build/blazesym-*
	@touch $@

# MAKEFLAGS is empty: cargo would look for the job server of this make, and has not got its descriptors.
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
	cp $(RUST_EXAMPLES:build/test/%=build/rust/release/examples/%) build/test

# The header is in the crate's folder, which cargo's messages name.
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

# Each header includes what it needs: it compiles alone.
build/headers/%: native/%.h $(NATIVE_HEADERS) $(BPF_HEADERS) $(CHOICE)
	@mkdir -p $(@D)
	$(CXX) $(CXXFLAGS) -fsyntax-only -include $< -x c++ /dev/null
	@touch $@

build/xcapture.node: $(NATIVE:native/%.cc=build/native/%.o) $(if $(BLAZESYM),$(RUST))
	$(CXX) -shared -pthread $(LDFLAGS) $^ $(LDLIBS) -o $@

build/asan/xcapture.node: $(NATIVE:native/%.cc=build/asan/%.o) $(if $(BLAZESYM),$(RUST))
	$(CXX) -shared -pthread $(SANITIZE) $(LDFLAGS) $^ $(LDLIBS) -o $@

build/test/workloads/%: test/workloads/%.c $(wildcard test/workloads/*.h)
	$(call say,compile $@)
	@mkdir -p $(@D)
	$(CC) -O2 -g -Wall -Wextra -Werror -pthread $< -o $@

# Every process of this one has its code at the same addresses.
build/test/workloads/stacks-static: test/workloads/stacks.c $(wildcard test/workloads/*.h)
	$(call say,compile $@)
	@mkdir -p $(@D)
	$(CC) -O2 -g -Wall -Wextra -Werror -pthread -static -no-pie $< -o $@

build/test/preload/%.so: test/preload/%.c
	$(call say,compile $@)
	@mkdir -p $(@D)
	$(CC) -O2 -g -Wall -Wextra -Werror -fPIC -shared $< -o $@

# Some compare the sampler's BPF programs with their own.
build/bench/workloads/%: bench/workloads/%.c $(SKELETONS) $(BENCH_SKELETONS)
	$(call say,compile $@)
	@mkdir -p $(@D)
	$(CC) -O2 -g -Wall -Wextra -Werror -pthread -Ibpf -Ibuild/bpf -Ibuild/bench $< -Wl,--as-needed $(LDLIBS) -o $@

# Folders count, too, so that the output of a source that was deleted goes. With a dot, because `test` is also a target.
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
