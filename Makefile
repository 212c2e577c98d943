# Diwan. `make help` lists what can be asked for. One file, no recursion: rooms are found by their folder.

CC       = gcc
BUILD    = build
ROOMS    = base crypt record log law charter store fold exchange formats node http play cli
PKGS     = sqlite3 libsodium nettle libzstd libfyaml libmicrohttpd gnutls libcurl
PREFIX   = /usr/local
DESTDIR  =
T        = record
SECONDS  = 30

WARN     = -Wall -Wextra -Wshadow -Wconversion -Wcast-qual -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes \
           -Wwrite-strings -Wundef -Wvla -Wnull-dereference -Wduplicated-cond -Wlogical-op
HARDEN   = -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fcf-protection=full \
           -ftrivial-auto-var-init=zero -fPIE
CSTD     = -std=gnu17 -D_GNU_SOURCE -Isrc -Itests -I$(BUILD)
PKGFLAGS = $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKGLIBS  = $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lunistring -lpthread

# Variants are build folders, so that switching never means cleaning.
ifdef SAN
BUILD    = build/asan
OPT      = -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
HARDEN   = -fstack-protector-strong
LINK     = -fsanitize=address,undefined
else
OPT      = -O2 -g
LINK     = -pie -Wl,-z,relro,-z,now
endif
CFLAGS   = $(CSTD) $(OPT) $(WARN) $(HARDEN) $(PKGFLAGS) $(EXTRA)

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

.DELETE_ON_ERROR:
.PHONY: all lib tests replays benches
all: $(BIN)			## build build/diwan
lib: $(LIB)
tests: $(TESTS)
replays: $(REPLAYS)
benches: $(BENCHES)

# SQL schema files are compiled in: each src/store/NAME.sql becomes a C string in build/store_NAME.inc.
SQLINC   = $(patsubst src/store/%.sql,$(BUILD)/store_%.inc,$(wildcard src/store/*.sql))
$(BUILD)/store_%.inc: src/store/%.sql tools/sql2c.sh
	@mkdir -p $(@D)
	sh tools/sql2c.sh $< > $@

$(BUILD)/%.o: %.c | $(SQLINC)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<

$(LIB): $(OBJ)
	@rm -f $@
	ar rcs $@ $^

$(BIN): $(BUILD)/src/cli/main.o $(LIB)
	$(CC) $(LINK) -o $@ $^ $(PKGLIBS)

$(BUILD)/tests/%: $(BUILD)/tests/%.o $(LIB)
	$(CC) $(LINK) -o $@ $^ $(PKGLIBS)

$(BUILD)/bench/%: $(BUILD)/bench/%.o $(LIB)
	$(CC) $(LINK) -o $@ $^ $(PKGLIBS)

# Each fuzz target is a libFuzzer entry; replay.c turns it into a program that runs its corpus.
$(BUILD)/fuzz/replay_%: $(BUILD)/fuzz/fuzz_%.o $(BUILD)/fuzz/replay.o $(LIB)
	$(CC) $(LINK) -o $@ $^ $(PKGLIBS)

-include $(OBJ:.o=.d) $(TESTS:=.d) $(BENCHES:=.d)
