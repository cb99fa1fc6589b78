# SPDX-License-Identifier: ISC
# GNU make.  ./configure writes config.mk; HACKING.md says how to build, test and debug.

-include config.mk
ifeq ($(wildcard config.mk),)
$(error run ./configure first)
endif

BUILD = build
VERSION = 0.1

# The rooms, and which rooms each may use: arrows point down only.  A program is linked from its rooms alone.
base_USES     =
compat_USES   = base
mail_USES     = base
conf_USES     = base
alias_USES    = conf mail base
ipc_USES      = base
entry_USES    = base
spool_USES    = entry base
dns_USES      = base
net_USES      = base
smtp_USES     = net base
sendmail_USES = alias ipc entry conf mail base
drop_USES     = ipc spool entry conf base
mailq_USES    = spool entry conf base
runner_USES   = alias ipc spool entry conf mail base
relay_USES    = smtp net dns ipc entry conf mail compat base
admin_USES    = mailq relay smtp net dns alias spool ipc entry conf mail compat base

ROOMS    = base compat mail conf alias ipc entry spool dns net smtp sendmail drop mailq runner relay admin
PROGRAMS = sendmail salsa-drop mailq salsad salsa-relay salsa
sendmail_ROOM = sendmail
salsa-drop_ROOM = drop
mailq_ROOM = mailq
salsad_ROOM = runner
salsa-relay_ROOM = relay
salsa_ROOM = admin

# What callers wait for has libc in itself, unless ./configure or a sanitizer forbids it: to load it would take longer
# than what a sendmail has to do.  Those who stay share it with all others.
CALLED = sendmail mailq salsa-drop
$(CALLED:%=$(BUILD)/%): PIE = $(if $(findstring -fsanitize,$(LDFLAGS)),-pie,$(or $(STATIC_PIE),-pie))

# make WERROR= is for compilers that find more.
WERROR = -Werror
WARNINGS = $(WERROR) -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wno-format-nonliteral
HARDENING = -fPIE -fstack-protector-strong -fstack-clash-protection $(FORTIFY)
FORTIFY = $(if $(findstring _FORTIFY_SOURCE,$(CPPFLAGS) $(CFLAGS)),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
PIE = -pie
HARDENING_LD = $(PIE) -Wl,-z,relro,-z,now
SANITIZER = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

DIRECTORIES = SYSCONFDIR LOCALSTATEDIR RUNSTATEDIR LIBEXECDIR BINDIR SBINDIR
NAMES = -DSALSA_USER='"$(SALSA_USER)"' -DVERSION='"$(VERSION)"'
PATHS = $(foreach directory,$(DIRECTORIES),-D$(directory)='"$($(directory))"') $(NAMES)

COMPILE = $(CC) -std=gnu11 -D_GNU_SOURCE -Isrc -include src/base/banned.h -MMD -MP \
	$(WARNINGS) $(HARDENING) $(CPPFLAGS) $(CFLAGS) $(base_CFLAGS)
LINK_FLAGS = $(HARDENING_LD) $(LDFLAGS)
LINK = $(CC) $(CFLAGS) $(LINK_FLAGS)

# One short line a step; make V=1 shows the commands.
brief = $(if $(V),,@echo '  $(1)';)

objects = $(patsubst src/%.c,$(BUILD)/src/%.o,$(filter-out %/main.c,$(sort $(wildcard src/$(1)/*.c))))
archives = $(foreach room,$(1) $($(1)_USES),$(BUILD)/$(room).a)
libraries = -Wl,--as-needed $(foreach room,$(1) $($(1)_USES),$($(room)_LIBS))

all: $(PROGRAMS:%=$(BUILD)/%)

define room_rules
$(BUILD)/src/$(1)/%.o: src/$(1)/%.c config.mk
	@mkdir -p $$(@D)
	$$(call brief,compile $$<)$$(COMPILE) $$($(1)_CFLAGS) $$(foreach room,$$($(1)_USES),$$($$(room)_CFLAGS)) -c -o $$@ $$<
$(BUILD)/$(1).a: $(call objects,$(1))
	@rm -f $$@
	@$$(AR) rcs $$@ $$^
TESTS += $(patsubst %.c,$(BUILD)/%,$(wildcard tests/$(1)/test_*.c))
$(BUILD)/tests/$(1)/%: tests/$(1)/%.c $(BUILD)/tests/paths.o $(BUILD)/tests/lib.a $(call archives,$(1))
	@mkdir -p $$(@D)
	$$(call brief,compile $$<)$$(COMPILE) -Itests $$(CHECK_CFLAGS) $$($(1)_CFLAGS) $$(foreach room,$$($(1)_USES),$$($$(room)_CFLAGS)) \
		$$(LINK_TEST) -o $$@ $$< $(BUILD)/tests/paths.o $(BUILD)/tests/lib.a $(call archives,$(1)) $(BUILD)/tests/lib.a $(call libraries,$(1)) $$(CHECK_LIBS)
endef
$(foreach room,$(ROOMS),$(eval $(call room_rules,$(room))))

$(BUILD)/tests/lib/%.o: tests/lib/%.c config.mk
	@mkdir -p $(@D)
	$(call brief,compile $<)$(COMPILE) -Itests $(CHECK_CFLAGS) -c -o $@ $<
$(BUILD)/tests/lib.a: $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/lib/*.c))
	@rm -f $@
	@$(AR) rcs $@ $^

# Functions whose nth call a test can make fail: tests/lib/fault.h; and the clock: tests/lib/clock.h.
FAULTS = $(shell sed -n 's/^FAULT.\([a-z0-9_]*\),.*/\1/p' tests/lib/fault.c)
LINK_TEST = $(HARDENING_LD) $(LDFLAGS) $(FAULTS:%=-Wl,--wrap=%) -Wl,--wrap=clock_now

define program_rule
$(BUILD)/$(1): $(BUILD)/src/$($(1)_ROOM)/main.o $(call archives,$($(1)_ROOM))
	$$(call brief,link $$@)$$(LINK) -o $$@ $$^ $(call libraries,$($(1)_ROOM))
endef
$(foreach program,$(PROGRAMS),$(eval $(call program_rule,$(program))))

$(BUILD)/src/conf/paths.o: COMPILE += $(PATHS)
$(BUILD)/src/conf/paths.o: Makefile

# Whatever is installed on this machine is nowhere for a unit test.
$(BUILD)/tests/paths.o: src/conf/paths.c Makefile config.mk
	@mkdir -p $(@D)
	$(call brief,compile $< for tests)$(COMPILE) $(DIRECTORIES:%=-D%='"/nonexistent"') $(NAMES) -c -o $@ $<

# Fuzz targets: with libFuzzer for `make fuzz', with a main() that replays what was found for `make check'.
FUZZ_TARGETS = $(patsubst tests/fuzz/fuzz_%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
FUZZ_SECONDS = 60
FUZZ_MAIN = $(BUILD)/tests/fuzz/replay.o
fuzz_entry_LDFLAGS = -Wl,--wrap=crc32_add
fuzz_tlsa_LDFLAGS = -Wl,--wrap=lookup_all

$(BUILD)/tests/fuzz/%.o: tests/fuzz/%.c config.mk
	@mkdir -p $(@D)
	$(call brief,compile $<)$(COMPILE) -Itests -c -o $@ $<
$(BUILD)/fuzz/%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/tests/fuzz/fuzz.o $(FUZZ_MAIN) $(BUILD)/sendmail.a $(call archives,admin)
	@mkdir -p $(@D)
	$(call brief,link $@)$(LINK) $(fuzz_$*_LDFLAGS) -o $@ $^ $(call libraries,admin)

# Unit tests, as they are and under the sanitizers; no root, no network.
check: all
	@$(MAKE) --no-print-directory check-units
	@$(MAKE) --no-print-directory check-units check-corpus BUILD=$(BUILD)/sanitized \
		CFLAGS='-O1 -g $(SANITIZER)' LDFLAGS='$(LDFLAGS) $(SANITIZER)'
	@tests/structure

check-units: $(TESTS)
	@tests/units $(TESTS)

check-corpus: $(FUZZ_TARGETS:%=$(BUILD)/fuzz/%)
	@tests/fuzz/replay $(BUILD)/fuzz $(FUZZ_TARGETS)

# Looks for octets that break a law; with clang.  FUZZ_SECONDS each, what is new stays in build/fuzz/found/.
fuzz:
	@$(MAKE) --no-print-directory fuzz-them CC=clang BUILD=$(BUILD)/libfuzzer FUZZ_MAIN= \
		CFLAGS='-O1 -g -fsanitize=fuzzer-no-link $(SANITIZER)' \
		LDFLAGS='$(LDFLAGS) -fsanitize=fuzzer $(SANITIZER)'

fuzz-them: $(FUZZ_TARGETS:%=$(BUILD)/fuzz/%)
	@tests/fuzz/run $(BUILD)/fuzz $(FUZZ_SECONDS) $(FUZZ_TARGETS)

# What compilers and checkers find that run nothing, then valgrind on the unit tests.  Slow, and no part of the gate.
analyze: analyze-gcc analyze-cppcheck analyze-clang analyze-valgrind

analyze-gcc:
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/analyzed CC=gcc CFLAGS='-O1 -g -fanalyzer'

analyze-cppcheck:
	@cppcheck -q --std=c11 --language=c -Isrc --enable=warning,performance,portability --inline-suppr \
		--error-exitcode=1 src

# Each file by itself: the analyser of clang 14 carries over from one to the next what it believes of a va_list.
analyze-clang:
	@printf '%s\n' src/*/*.c | xargs -P2 -I{} clang-tidy --quiet {} -- $(filter-out $(CC) -MMD -MP,$(COMPILE)) $(PATHS) $(sort $(foreach room,$(ROOMS),$($(room)_CFLAGS))) 2>/dev/null

VALGRIND_CANNOT = base/test_command drop/test_serve relay/test_sandbox relay/test_keeper
analyze-valgrind: $(TESTS)
	@echo 'not under valgrind: $(VALGRIND_CANNOT), for a sandbox has no room for it, pidfd_open(2) it does not know, and limits it keeps to itself'
	@printf '%s\n' $(filter-out $(addprefix %/,$(VALGRIND_CANNOT)),$(TESTS)) | \
		CK_TIMEOUT_MULTIPLIER=20 xargs -P2 -n1 valgrind -q --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite

# A salsa-relay that obeys hostile relays: tests/hostile.
$(BUILD)/hostile: tests/hostile/hostile.c $(BUILD)/src/relay/main.o $(call archives,relay)
	$(call brief,link $@)$(COMPILE) $(LINK_FLAGS) -Wl,--wrap=session_greet -o $@ $^ $(call libraries,relay)

# The whole program in network namespaces, with real servers; as root.
check-system: all $(BUILD)/hostile
	@tests/system/run

# Those who call sendmail, the real ones; as root, too.
check-callers: all
	@tests/system/run tests/callers

# Kills, faults, damage and crowds, in the same namespaces; as root.  tests/crash/run all takes each of the points.
check-crash: all
	@tests/crash/run

$(BUILD)/tests/crash/strike: tests/crash/strike.c $(BUILD)/base.a
	@mkdir -p $(@D)
	$(call brief,compile $<)$(COMPILE) $(HARDENING_LD) $(LDFLAGS) -o $@ $^ $(base_LIBS)

# salsa alone, and where its time goes; tests/bench/run measures its peers, too, and writes tests/bench/RESULTS.md.
bench: all
	@BUILD='$(BUILD)' tests/bench/run salsa 'salsa, no daemon'

try: all
	@contrib/demo

# uninstall leaves the queue, and its user, alone.
install: all
install uninstall:
	@contrib/install $@ '$(BUILD)' '$(DESTDIR)' '$(BINDIR)' '$(SBINDIR)' '$(LIBEXECDIR)' '$(SYSCONFDIR)' \
		'$(LOCALSTATEDIR)' '$(RUNSTATEDIR)' '$(MANDIR)' '$(SALSA_USER)'

clean:
	rm -rf $(BUILD)

.PHONY: all check check-units check-corpus fuzz fuzz-them analyze analyze-gcc analyze-cppcheck analyze-clang \
	analyze-valgrind check-system check-callers check-crash bench try install uninstall clean
.DELETE_ON_ERROR:
.SECONDARY:
-include $(wildcard $(BUILD)/src/*/*.d $(BUILD)/tests/*/*.d)
