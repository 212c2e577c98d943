# Diwan. `make help` lists what can be asked for. One file, no recursion over folders: src/ROOMS names the rooms.
#
# Variants are build folders, so that switching never means cleaning:
#   build/       what runs
#   build/asan/  SAN=1: address and undefined-behaviour sanitizers, warnings are errors
#   build/fuzz/  FUZZ=1: clang with libFuzzer
# BUILD=dir and ROOMS="base ..." narrow a build to one folder and some rooms. V=1 shows the commands.

CC       = gcc
BUILD    = build
ROOMS   := $(shell awk '/^[a-z]/ { print $$1 }' src/ROOMS)
PKGS     = sqlite3 libsodium nettle libzstd libfyaml libmicrohttpd gnutls libcurl libseccomp
PREFIX   = /usr/local
DESTDIR  =
JOBS    := $(shell nproc 2>/dev/null || echo 2)
T        = record
SECONDS  = 30
SEEDS    = 10000
KILLS    = 1000
LONG     = build/long

WARN     = -Wall -Wextra -Wshadow -Wconversion -Wcast-qual -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes \
           -Wwrite-strings -Wundef -Wvla -Wnull-dereference -Wduplicated-cond -Wlogical-op
HARDEN   = -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fcf-protection=full \
           -ftrivial-auto-var-init=zero -fPIE
CSTD     = -std=gnu17 -D_GNU_SOURCE -Isrc -Itests -I$(BUILD)
PKGFLAGS:= $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKGLIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lunistring -lpthread

ifdef SAN
BUILD    = build/asan
OPT      = -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
HARDEN   = -fstack-protector-strong
WERROR   = -Werror
LINK     = -fsanitize=address,undefined
else ifdef FUZZ
BUILD    = build/fuzz
CC       = clang
OPT      = -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
WARN     = -Wall -Wextra
HARDEN   =
LINK     = -fsanitize=fuzzer,address,undefined
else
OPT      = -O2 -g
LINK     = -pie -Wl,-z,relro,-z,now,--as-needed
endif
CFLAGS   = $(CSTD) $(OPT) $(WARN) $(WERROR) $(HARDEN) $(PKGFLAGS) $(EXTRA)

SRC      = $(foreach r,$(ROOMS),$(wildcard src/$(r)/*.c))
MAIN     = src/cli/main.c
OBJ      = $(patsubst %.c,$(BUILD)/%.o,$(filter-out $(MAIN),$(SRC)))
LIB      = $(BUILD)/libdiwan-all.a
BIN      = $(BUILD)/diwan
TESTSRC  = $(wildcard tests/*/test_*.c)
TESTS    = $(patsubst %.c,$(BUILD)/%,$(TESTSRC))
BENCHSRC = $(wildcard bench/bench_*.c)
BENCHES  = $(patsubst %.c,$(BUILD)/%,$(BENCHSRC))
FUZZSRC  = $(wildcard fuzz/fuzz_*.c)
REPLAYS  = $(patsubst fuzz/fuzz_%.c,$(BUILD)/fuzz/replay_%,$(FUZZSRC))

# Say what happens in one short line each, or in full with V=1.
ifdef V
Q        =
say      = @:
else
Q        = @
say      = @printf '  %-5s %s\n'
endif
SUBMAKE  = $(MAKE) --no-print-directory -j$(JOBS)

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all lib tests replays benches fuzzers FORCE
.PHONY: setup run test check-quick check-long bench fuzz lint analyze install uninstall clean help

all: $(BIN)			## build build/diwan
lib: $(LIB)
tests: $(TESTS)
replays: $(REPLAYS)
benches: $(BENCHES)

# ---- rules ---------------------------------------------------------------------------------------------------------

# Objects are rebuilt when the way they are built has changed.
$(BUILD)/.flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(CFLAGS)' | cmp -s - $@ || echo '$(CC) $(CFLAGS)' > $@

# SQL schema files are compiled in: each src/store/NAME.sql becomes a C string in build/store_NAME.inc.
SQLINC   = $(patsubst src/store/%.sql,$(BUILD)/store_%.inc,$(wildcard src/store/*.sql))
$(BUILD)/store_%.inc: src/store/%.sql tools/sql2c.sh
	@mkdir -p $(@D)
	$(Q)sh tools/sql2c.sh $< > $@

$(BUILD)/%.o: %.c $(BUILD)/.flags | $(SQLINC)
	@mkdir -p $(@D)
	$(say) CC $<
	$(Q)$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

$(LIB): $(OBJ)
	@rm -f $@
	$(say) AR $@
	$(Q)ar rcs $@ $^

$(BIN): $(BUILD)/src/cli/main.o $(LIB)
	$(say) LINK $@
	$(Q)$(CC) $(LINK) -o $@ $^ $(PKGLIBS)

$(BUILD)/tests/%: $(BUILD)/tests/%.o $(LIB)
	$(say) LINK $@
	$(Q)$(CC) $(LINK) -o $@ $^ $(PKGLIBS)

# The fault loops (tests/fault/inject.h) stand between our objects and what may fail.
comma    = ,
FAULTY   = malloc calloc realloc strdup sodium_malloc open read write pwrite fsync close ftruncate mkdir rename link unlink
FAULTS   = $(foreach t,nomem io corrupt,$(BUILD)/tests/fault/test_$(t))
$(FAULTS): LINK += $(foreach f,$(FAULTY),-Wl$(comma)--wrap=$(f))

$(BUILD)/bench/%: $(BUILD)/bench/%.o $(LIB)
	$(say) LINK $@
	$(Q)$(CC) $(LINK) -o $@ $^ $(PKGLIBS)

# Each fuzz target is a libFuzzer entry; replay.c turns it into a program that runs its corpus.
$(BUILD)/fuzz/replay_%: $(BUILD)/fuzz/fuzz_%.o $(BUILD)/fuzz/replay.o $(LIB)
	$(say) LINK $@
	$(Q)$(CC) $(LINK) -o $@ $^ $(PKGLIBS)

$(BUILD)/fuzz/run_%: $(BUILD)/fuzz/fuzz_%.o $(LIB)
	$(say) LINK $@
	$(Q)$(CC) $(LINK) -o $@ $^ $(PKGLIBS)

-include $(OBJ:.o=.d) $(BUILD)/src/cli/main.d $(TESTS:=.d) $(BENCHES:=.d) $(patsubst %.c,$(BUILD)/%.d,$(FUZZSRC))
-include $(BUILD)/tests/sim/sim.d $(BUILD)/tests/fault/kill.d

# ---- what people ask for -------------------------------------------------------------------------------------------

setup:				## install missing Debian packages (nothing happens when all are there)
	@tools/setup.sh build

# Make has read pkg-config's answers before setup may have changed them: hence the second make.
run: setup			## show a mechanism at work; INCIDENTS=FILE: your UCDP GED file; ONCE=1: end by itself
	@$(SUBMAKE) all
	build/diwan demo $(if $(INCIDENTS),--incidents $(INCIDENTS)) $(if $(ONCE),--once)

# A program that does not compile is one failed test and does not hide the others.
test:				## every test under the sanitizers, corpora, lint; ONLY=part-of-name for some of them
	@tools/setup.sh build lint $(if $(wildcard tests/*/*.go),go)
	@mkdir -p build/asan; echo ok > build/asan/.built
	@$(SUBMAKE) -k all || echo failed > build/asan/.built
	@$(SUBMAKE) -k SAN=1 all tests replays || echo failed > build/asan/.built
	@tools/test.sh --build build/asan $(if $(ONLY),--only '$(ONLY)')

check-quick:			## unit tests under the sanitizers and lint: no scenarios, no corpora
	@mkdir -p build/asan; echo ok > build/asan/.built
	@$(SUBMAKE) -k SAN=1 tests || echo failed > build/asan/.built
	@tools/test.sh --quick --build build/asan $(if $(ONLY),--only '$(ONLY)')

# Each part says how it is getting on; kills go on in LONG where they stopped (FROM=cycle). docs/faults.md has the times.
LONGRUN  = $(foreach t,sim/sim fault/kill fault/test_nomem fault/test_io fault/test_corrupt,build/asan/tests/$(t))
check-long:			## hours: SEEDS=n worlds, KILLS=n times kill -9 (LONG=folder FROM=n goes on), every single fault
	@tools/setup.sh build
	@$(SUBMAKE) SAN=1 all
	@$(SUBMAKE) SAN=1 $(LONGRUN)
	@bad=0; part() { echo "== $$(date +%H:%M:%S) $$*"; "$$@" || bad=1; }; \
	part build/asan/tests/sim/sim --seeds 1..$(SEEDS); \
	part build/asan/tests/fault/kill --program build/asan/diwan --dir $(LONG) --cycles $(KILLS) --from $(or $(FROM),0); \
	for t in nomem io corrupt; do part env FAULT_LIMIT=0 build/asan/tests/fault/test_$$t; done; \
	echo "== $$(date +%H:%M:%S) done"; exit $$bad

bench:				## run the benchmarks (B=name for one); writes bench/results/COMMIT.txt
	@tools/setup.sh build
	@$(SUBMAKE) benches
	@tools/bench.sh $(BUILD)/bench $(B)

fuzz:				## fuzz one parser: T=name (or T=all) SECONDS=n; new inputs stay in build/fuzz/found/
	@tools/setup.sh build fuzz
	@$(SUBMAKE) FUZZ=1 $(if $(filter all,$(T)),fuzzers,build/fuzz/fuzz/run_$(T))
	@tools/fuzz.sh '$(T)' '$(SECONDS)' $(FUZZARGS)

fuzzers: $(patsubst fuzz/fuzz_%.c,$(BUILD)/fuzz/run_%,$(FUZZSRC))

lint:				## house rules: rooms, headers, layout, banned calls, SQL, manual pages
	@tools/setup.sh lint
	@tools/lint.sh

analyze: $(SQLINC)		## gcc, clang and cppcheck look for bugs; findings not in tools/analyze.allow fail
	@tools/setup.sh build analyze
	@tools/analyze.sh '$(CSTD) $(PKGFLAGS)'

SHARE    = $(DESTDIR)$(PREFIX)/share
MANPAGES = $(wildcard docs/man/*.[1-8])
DATA     = $(foreach d,charters scenarios,$(patsubst ./%,%,$(shell find ./$(d) -type f ! -name '.*' 2>/dev/null)))
install: all			## install program, manual pages, service unit, charters, scenarios, completion (PREFIX, DESTDIR)
	install -D -m 755 $(BIN) $(DESTDIR)$(PREFIX)/bin/diwan
	install -D -m 644 tools/diwan.bash $(SHARE)/bash-completion/completions/diwan
	install -D -m 644 -t $(SHARE)/doc/diwan README.md LICENSE NOTICE CHANGELOG.md
	sed 's|/usr/local/bin|$(PREFIX)/bin|g' 'etc/diwan@.service' >$(BUILD)/diwan@.service
	install -D -m 644 $(BUILD)/diwan@.service '$(DESTDIR)$(PREFIX)/lib/systemd/system/diwan@.service'
	@set -e; for f in $(MANPAGES); do install -D -m 644 -t $(SHARE)/man/man$${f##*.} $$f; done
	@set -e; for f in $(DATA); do install -D -m 644 $$f $(SHARE)/diwan/$$f; done

uninstall:			## remove what install put there
	rm -f $(DESTDIR)$(PREFIX)/bin/diwan $(SHARE)/bash-completion/completions/diwan
	@for f in $(MANPAGES); do rm -f $(SHARE)/man/man$${f##*.}/$${f##*/}; done
	rm -f '$(DESTDIR)$(PREFIX)/lib/systemd/system/diwan@.service'
	rm -rf $(SHARE)/diwan $(SHARE)/doc/diwan

clean:				## remove build/
	rm -rf build

help:				## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile
