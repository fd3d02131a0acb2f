# memprof.  `make help` lists what it can do.

# ---- what you may set ------------------------------------------------------

PREFIX     ?= /usr/local
INCLUDEDIR ?= $(PREFIX)/include
LIBDIR     ?= $(PREFIX)/lib
BINDIR     ?= $(PREFIX)/bin
MANDIR     ?= $(PREFIX)/share/man
CFLAGS     ?= -O2 -g
# SANITIZE=address, thread, undefined or a list: builds apart from the rest.
# WERROR=1 makes warnings errors.  V=1 shows the commands.

# ---- what is built ---------------------------------------------------------

VERSION := $(shell sed -n 's/^.define MEMPROF_VERSION_[MP][A-Z]* //p' \
	     include/memprof.h | paste -sd.)
MAJOR   := $(firstword $(subst ., ,$(VERSION)))

comma := ,
B     ?= build$(if $(SANITIZE),/$(subst $(comma),-,$(SANITIZE)))

LIB_OBJS    := $(patsubst %.c,$B/%.o,$(wildcard src/core/*.c src/profile/*.c))
REPORT_OBJS := $(patsubst %.c,$B/%.o,$(wildcard src/report/*.c))
LIVE_OBJS   := $(patsubst %.c,$B/%.o,$(wildcard src/live/*.c))
VIEW_TEXTS  := $(wildcard src/view/*.css src/view/*.js)
VIEW_OBJS   := $(patsubst %.c,$B/%.o,$(wildcard src/view/*.c)) \
	       $(VIEW_TEXTS:%=$B/%.o)
CMD_OBJS    := $(patsubst %.c,$B/%.o,$(wildcard src/cmd/*.c))
DEMO_OBJS   := $(patsubst %.c,$B/%.o,$(wildcard src/demo/*.c))
TESTS       := $(patsubst %.c,%,$(wildcard tests/*/test_*.c))
SCRIPTS     := $(wildcard tests/*/test_*.sh)
HEAVY       := $(wildcard tests/*/heavy_*.sh)
HOSTS       := $(patsubst %.c,%,$(wildcard tests/*/host_*.c))
BENCHES     := $(patsubst %.c,%,$(wildcard bench/bench_*.c))
MAN         := $(wildcard man/*.[1357])

A      := $B/libmemprof.a
SO     := $B/libmemprof.so.$(VERSION)
REPORT := $B/libreport.a
LIVE   := $B/liblive.a
VIEW   := $B/libview.a
CMD    := $B/memprof
DEMO   := $B/memprof-demo

# ---- how -------------------------------------------------------------------

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wpointer-arith -Wcast-qual -Wwrite-strings \
	-Wvla -Wundef -Wformat=2 $(if $(WERROR),-Werror)

JEMALLOC := -ljemalloc
ifdef SANITIZE
SAN := -fsanitize=$(SANITIZE) -fno-sanitize-recover=all \
       -fno-omit-frame-pointer
# A sanitizer replaces malloc, and jemalloc then counts nothing.
ifneq ($(filter address thread,$(subst $(comma), ,$(SANITIZE))),)
JEMALLOC :=
export MEMPROF_TEST_NO_JEMALLOC := 1
endif
# gcc looks for null at the flags of the add that makes a thread-local's address,
# and ld makes of that add a lea, which sets none.
SAN += $(if $(findstring clang,$(CC)),,-fno-sanitize=null)
# gcc warns of each fence under the thread sanitizer, which knows none; ours
# are for other processes.
ifneq ($(filter thread,$(subst $(comma), ,$(SANITIZE))),)
SAN += $(if $(findstring clang,$(CC)),,-Wno-tsan)
endif
export MEMPROF_TEST_SANITIZE := $(SANITIZE)
else
# Not with clang's sanitizers: their run-time is in the program.
SO_LDFLAGS := -Wl,-z,defs
endif

# -fexceptions: memprof_call() ends its request when a handler throws.
# Yours come last, so that yours win.
COMPILE := $(CC) -std=c11 -D_GNU_SOURCE -Iinclude -Isrc -Itests -MMD -MP \
	   $(WARN) -fPIC -fvisibility=hidden -fexceptions -pthread $(SAN) \
	   $(CPPFLAGS) $(CFLAGS)
LINK    := $(CC) -pthread $(SAN) $(CFLAGS) $(LDFLAGS)
LIBS    := -linih $(LDLIBS)
CMD_LIBS := -lproc2 -lncursesw -lz -lm $(LIBS)
VIEW_LIBS := -ldw -lelf

ifndef V
.SILENT:
say = printf '  %-5s %s\n' $1 $(or $2,$@) &&
endif

all: $A $(SO) $(CMD) ## build the library and the command (the default)

$B/%.o: %.c $B/flags
	mkdir -p $(@D)
	$(call say,CC) $(COMPILE) -c -o $@ $<

# Run only where the processor has these.
ifneq ($(filter x86_64%,$(shell $(CC) -dumpmachine)),)
$B/src/report/quick_avx2.o: COMPILE += -mavx2 -mbmi
endif

$A: $(LIB_OBJS)
	rm -f $@
	$(call say,AR) $(AR) rcs $@ $^

$(REPORT): $(REPORT_OBJS)
	rm -f $@
	$(call say,AR) $(AR) rcs $@ $^

$(LIVE): $(LIVE_OBJS)
	rm -f $@
	$(call say,AR) $(AR) rcs $@ $^

# Styles and scripts of pages, as lines of C, with the hash that a page allows
# them by.  (`env printf` knows \x, which not every shell's does.)
$(VIEW_TEXTS:%=$B/%.c): $B/%.c: % Makefile
	mkdir -p $(@D)
	hash=$$(sha256sum $< | cut -c -64 | sed 's/../\\x&/g') && \
	sha256=$$(env printf "$$hash" | base64) && { \
	  echo '#include "view/embed.h"'; \
	  echo 'static const char *const lines[] = {'; \
	  sed 's/[\"]/\\&/g; s/.*/"&",/' $<; echo '0 };'; \
	  echo 'const struct mp_embed mp_$(subst .,_,$(notdir $<)) ='; \
	  echo "{ lines, \"$$sha256\" };"; } >$@

$(VIEW_TEXTS:%=$B/%.o): %.o: %.c
	$(call say,CC) $(COMPILE) -c -o $@ $<

$(VIEW): $(VIEW_OBJS)
	rm -f $@
	$(call say,AR) $(AR) rcs $@ $^

# nodelete: threads keep counters of ours, and handlers may still come back.
$(SO): $(LIB_OBJS) src/libmemprof.map
	$(call say,LD) $(LINK) $(SO_LDFLAGS) -shared -Wl,-z,nodelete \
	  -Wl,-soname,libmemprof.so.$(MAJOR) \
	  -Wl,--version-script,src/libmemprof.map -o $@ $(LIB_OBJS) $(LIBS)
	ln -sf $(notdir $@) $B/libmemprof.so.$(MAJOR)
	ln -sf $(notdir $@) $B/libmemprof.so

$(CMD): $(CMD_OBJS) $(VIEW) $(LIVE) $(REPORT) $A
	$(call say,LD) $(LINK) -o $@ $^ $(VIEW_LIBS) $(CMD_LIBS)

$(DEMO): $(DEMO_OBJS) $A
	$(call say,LD) $(LINK) -o $@ $^ -lmicrohttpd $(JEMALLOC) $(LIBS)

# With the shared library, as hosts mostly have it: a call costs a PLT's jump.
# The archive is for what is not exported.
BENCH_OBJS := $(patsubst %.c,$B/%.o,$(filter-out bench/bench_% bench/lib_%, \
		$(wildcard bench/*.c)))
$B/bench/libempty.so: $B/bench/lib_empty.o
	$(call say,LD) $(LINK) -shared -o $@ $<

$(BENCHES:%=$B/%): $B/%: $B/%.o $(BENCH_OBJS) $B/bench/libempty.so $(SO) $A
	$(call say,LD) $(LINK) -Wl,-rpath,'$$ORIGIN:$$ORIGIN/..' -o $@ $^ \
	  -lproc2 -lm $(JEMALLOC) $(LIBS)

$(TESTS:%=$B/%): $B/%: $B/%.o $(VIEW) $(LIVE) $(REPORT) $A
	$(call say,LD) $(LINK) $(WRAP) -o $@ $(filter %.o,$^) \
	  $(filter %.a,$^) -lcmocka $(TEST_LIBS) $(JEMALLOC) $(CMD_LIBS)

$B/tests/report/test_verdict_logs $B/tests/report/test_explain: \
  $B/tests/report/loggen.o

$B/tests/cmd/test_amount: $B/src/cmd/amount.o
$B/tests/cmd/test_arm: $B/src/cmd/arm.o $B/src/cmd/amount.o
$B/tests/cmd/test_when: $B/src/cmd/when.o $B/src/cmd/amount.o

# Stacks to be found, by frame pointers and without.
CHAINS := $(addprefix $B/tests/profile/,chain_bare.o chain_framed.o)
$B/tests/profile/chain_bare.o: COMPILE += -O2 -fomit-frame-pointer
$B/tests/profile/chain_framed.o: COMPILE += -O2 -fno-omit-frame-pointer
$B/tests/profile/test_sampler $B/tests/profile/test_sampler_ends \
  $B/tests/profile/test_sampler_looks: $(CHAINS)

# Programs that the shell tests run.
$B/tests/view/host_model: $(VIEW) $(REPORT)
$B/tests/view/host_model: TEST_LIBS := -lz -lm
$(HOSTS:%=$B/%): $B/%: $B/%.o $A
	$(call say,LD) $(LINK) -o $@ $(filter %.o,$^) \
	  $(filter-out $A,$(filter %.a,$^)) $A $(TEST_LIBS) $(JEMALLOC) $(LIBS)

$(filter $B/tests/view/%,$(TESTS:%=$B/%)): TEST_LIBS := $(VIEW_LIBS)

# Calls that these tests put themselves in place of, and what else they need.
wrap = $(addprefix -Wl$(comma)--wrap=,$1)
$B/tests/core/test_abandoned: WRAP := $(call wrap,clock_gettime)
$B/tests/core/test_config: WRAP := $(call wrap,secure_getenv getauxval)
$B/tests/core/test_ini: WRAP := $(call wrap,fopen ini_parse_stream)
$B/tests/core/test_procstat: WRAP := $(call wrap,read)
$B/tests/core/test_outside: WRAP := $(call wrap,mp_sys_pread)
$B/tests/core/test_value: WRAP := $(call wrap,getcwd)
$B/tests/profile/test_profile_signals: WRAP := $(call wrap,clock_gettime \
	mp_cputimer_start mp_cputimer_stop mp_profsignal_get)
$B/tests/profile/test_render: WRAP := $(call wrap,posix_spawnattr_setsigmask \
  posix_spawn_file_actions_adddup2 posix_spawn_file_actions_addclosefrom_np)
$B/tests/profile/test_bounds: WRAP := $(call wrap,unlinkat)
$B/tests/profile/test_newfile: WRAP := $(call wrap,renameat2 getrandom close \
	mp_logfile_write_guarded)
$B/tests/report/test_progress: WRAP := $(call wrap,clock_gettime)
$B/tests/core/test_async: WRAP := $(call wrap,mp_sys_write)
$B/tests/core/test_log_batch: WRAP := $(call wrap,mp_sys_write)
$B/tests/core/test_recover_kill: WRAP := $(call wrap,pwrite unlinkat \
	mp_logfile_write_guarded)
$B/tests/core/test_recover_rotation: WRAP := $(call wrap,readdir)
$B/tests/live/test_procs: WRAP := $(call wrap,procps_pids_new calloc free)
$B/tests/live/test_snapshot_moving: WRAP := $(call wrap,pread)
$B/tests/profile/test_sampler_ends: WRAP := $(call wrap,pthread_create \
	pthread_key_create pthread_setspecific mp_stackcopy_take)
$B/tests/profile/test_sampler_looks: WRAP := $(call wrap,mp_stackcopy_take \
	mp_blocked_read mp_blocked_cpu_ns)
$B/tests/profile/test_unwind_closing: WRAP := $(call wrap,mp_linked_find \
	mp_table_find)
$B/tests/profile/test_walk $B/tests/profile/test_callsite: WRAP := $(call wrap,\
	$(foreach m,linked table,mp_$m_find mp_$m_bytes))
$B/tests/core/test_log: WRAP := $(call wrap,mp_sys_write nanosleep)
$B/tests/cmd/host_suite $B/tests/core/host_kill: TEST_LIBS := -lcmocka
$B/tests/core/test_recorder_faults: WRAP := $(call wrap,fstatfs openat fchmod \
	getrlimit fallocate fstat linkat fcntl mmap mremap)
# clang's run-time calls these before it is ready for code that it watches.
$B/tests/core/test_recorder_faults.o: COMPILE += -fno-sanitize=all
$B/tests/view/test_formats_faults: WRAP := $(call wrap,malloc calloc realloc \
	reallocarray)
$B/tests/core/test_open_faults: WRAP := $(call wrap,malloc aligned_alloc open \
	fstat mmap madvise fcntl mp_sys_write)

# Rebuild everything when the compiler or a flag changes.
quoted = '$(subst ','\'',$1)'
FLAGS  := $(call quoted,$(COMPILE) $(LINK) $(JEMALLOC) $(CMD_LIBS) \
	    $(VIEW_LIBS))

$B/flags: FORCE
	mkdir -p $(@D)
	echo $(FLAGS) | cmp -s - $@ || echo $(FLAGS) >$@

# ---- the demo --------------------------------------------------------------

DEMO_SECONDS := 10

demo: deps-demo ## see memprof find a leak in a web server under load
	$(MAKE) --no-print-directory run-demo

run-demo: $(CMD) $(DEMO)
	src/demo/demo.sh $B $B/demo $(DEMO_SECONDS)

# ---- tests and measurements ------------------------------------------------

LOGS := $(patsubst %,$B/%.log,$(TESTS) $(SCRIPTS))

# The first failure does not stop the rest: the count at the end fails.
check: deps-check ## install what is missing, build, test, count
	rm -f $(LOGS)
	$(MAKE) --no-print-directory -k run-tests || :
	tests/count.sh $(LOGS)

check-all: deps-check-all ## check, and what takes long
	rm -f $(LOGS) $(HEAVY:%=$B/%.log)
	$(MAKE) --no-print-directory -k run-tests run-heavy || :
	tests/count.sh $(LOGS) $(HEAVY:%=$B/%.log)

run-tests: $(TESTS:%=run-%) $(SCRIPTS:%=run-%)
run-heavy: $(HEAVY:%=run-%)

# Each test is a process of its own, with a time limit, and its log ends with
# its exit status: 77 says that it was skipped.
TEST_SECONDS := 600
run_test = $(call say,TEST,$*) mkdir -p $(dir $2); \
	   B=$B timeout $(TEST_SECONDS) $1 >$2 2>&1; err=$$?; \
	   echo "exit $$err" >>$2; \
	   case $$err in 0|77) ;; *) cat $2; exit 1;; esac

$(TESTS:%=run-%): run-%: $B/%
	$(call run_test,$<,$B/$*.log)

$(HEAVY:%=run-%): TEST_SECONDS := 900

# Not as $(MAKE), lest `make -n` run them.
make := $(MAKE)
$(SCRIPTS:%=run-%) $(HEAVY:%=run-%): run-%: all $(HOSTS:%=$B/%) $(DEMO)
	CC='$(CC)' MAKE='$(make)' && export CC MAKE && \
	  $(call run_test,$*,$B/$*.log)

SOAK_SECONDS ?= 600

soak: deps-check ## what servers do, at random, for ten minutes, sanitized; balance
	$(MAKE) --no-print-directory SANITIZE=address,undefined run-soak

run-soak: all $B/tests/soak/host_soak
	tests/soak/soak.sh $B $(SOAK_SECONDS)

# New inputs go to the first of the two folders.
FUZZ_SECONDS ?= 30
FUZZ_RECORD := $(addprefix src/core/,record.c recordread.c civil.c escape.c)
FUZZ_RECORDER := $(FUZZ_RECORD) src/core/recordercheck.c
FUZZ_FORMS  := $(FUZZ_RECORD) $(addprefix src/report/,forms.c fields.c json.c \
		 csv.c logfmt.c)
FUZZ_SCAN   := $(FUZZ_RECORD) $(addprefix src/report/,source.c block.c \
		 parse.c quick.c quick_avx2.c wide_constants.c) -lz
FUZZ_TRIGGER := src/profile/trigger.c src/core/escape.c
FUZZ_RAW    := $(addprefix src/view/,rawread.c rawhead.c rawparse.c \
		 rawfields.c arena.c) \
		 $(addprefix src/core/,escape.c civil.c)
# Not unseen by the sanitizer, as reading a stack is elsewhere.
FUZZ_CFI := -DMP_UNSANITIZED= $(addprefix src/profile/,cfi.c cfiapply.c \
	     cfiexpr.c cfiread.c ehframe.c stackview.c)
fuzz = mkdir -p build/fuzz/$(notdir $1).corpus; \
	clang -std=c11 -D_GNU_SOURCE -Iinclude -Isrc -Itests -g -O1 \
	  -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
	  -o build/fuzz/$(notdir $1) tests/$(dir $1)fuzz_$(notdir $1).c $2 && \
	build/fuzz/$(notdir $1) -max_total_time=$(FUZZ_SECONDS) -max_len=$3 \
	  -artifact_prefix=build/fuzz/ -verbosity=0 -print_final_stats=1 \
	  build/fuzz/$(notdir $1).corpus tests/$(dir $1)data/$(notdir $1)

fuzz: ## fuzz each parser for FUZZ_SECONDS (needs clang)
	$(call fuzz,core/record,$(FUZZ_RECORD),2000)
	$(call fuzz,core/recorder,$(FUZZ_RECORDER),2000)
	$(call fuzz,report/forms,$(FUZZ_FORMS),2000)
	$(call fuzz,report/scan,$(FUZZ_SCAN),20000)
	$(call fuzz,view/raw,$(FUZZ_RAW),2000)
	$(call fuzz,profile/trigger,$(FUZZ_TRIGGER),500)
	$(call fuzz,profile/cfi,$(FUZZ_CFI),1000)

bench: deps-bench ## install what is missing, build, measure
	$(MAKE) --no-print-directory run-bench

run-bench: $(BENCHES:%=$B/%) $(CMD) $(DEMO)
	B=$B bench/run.sh

# ---- installation ----------------------------------------------------------

install: all ## install under DESTDIR and PREFIX
	install -d $(DESTDIR)$(INCLUDEDIR) $(DESTDIR)$(LIBDIR)/pkgconfig
	install -d $(DESTDIR)$(BINDIR)
	install -m 644 include/memprof.h $(DESTDIR)$(INCLUDEDIR)
	install -m 644 $A $(DESTDIR)$(LIBDIR)
	install -m 755 $(SO) $(DESTDIR)$(LIBDIR)
	ln -sf $(notdir $(SO)) $(DESTDIR)$(LIBDIR)/libmemprof.so.$(MAJOR)
	ln -sf $(notdir $(SO)) $(DESTDIR)$(LIBDIR)/libmemprof.so
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' \
	    -e 's|@INCLUDEDIR@|$(INCLUDEDIR)|' -e 's|@VERSION@|$(VERSION)|' \
	  src/libmemprof.pc.in >$(DESTDIR)$(LIBDIR)/pkgconfig/memprof.pc
	install -m 755 $(CMD) $(DESTDIR)$(BINDIR)
	for m in $(MAN); do \
	  install -d $(DESTDIR)$(MANDIR)/man$${m##*.} && \
	  install -m 644 $$m $(DESTDIR)$(MANDIR)/man$${m##*.} || exit 1; \
	done

uninstall: ## undo install
	rm -f $(DESTDIR)$(INCLUDEDIR)/memprof.h
	cd $(DESTDIR)$(LIBDIR) && rm -f libmemprof.a libmemprof.so \
	  libmemprof.so.$(MAJOR) $(notdir $(SO)) pkgconfig/memprof.pc
	rm -f $(DESTDIR)$(BINDIR)/memprof
	for m in $(notdir $(MAN)); do \
	  rm -f $(DESTDIR)$(MANDIR)/man$${m##*.}/$$m || exit 1; done

# ---- housekeeping ----------------------------------------------------------

# Debian's names for what each goal needs; others are told.
DEPS_build := gcc libc6-dev libinih-dev zlib1g-dev libproc2-dev \
	      libncurses-dev libdw-dev
DEPS_demo  := $(DEPS_build) libjemalloc-dev libmicrohttpd-dev wrk gnuplot-nox
DEPS_check := $(DEPS_demo) g++ binutils libcmocka-dev libxml2-utils logrotate mandoc \
	      pkg-config python3 tmux
DEPS_check-all := $(DEPS_check) chromium valgrind golang-go protobuf-compiler \
		  golang-github-google-pprof-dev kcachegrind xvfb dbus-daemon \
		  at-spi2-core gir1.2-atspi-2.0 python3-gi sqlite3
DEPS_bench := $(DEPS_check) valgrind libgoogle-perftools4 linux-perf clang
DEPS_ci    := $(DEPS_bench) chromium clang-format libclang-rt-dev

deps: deps-ci ## install what all goals need, by apt-get; elsewhere: list it

deps-build deps-demo deps-check deps-check-all deps-bench deps-ci: deps-%:
	want='$(DEPS_$*)'; missing=; \
	if ! command -v dpkg-query >/dev/null; then \
	  echo "needed, by Debian's names: $$want" >&2; exit 0; fi; \
	for p in $$want; do \
	  dpkg-query -W -f '$${Status}' $$p 2>/dev/null | \
	    grep -q 'ok installed' || missing="$$missing $$p"; done; \
	[ -n "$$missing" ] || exit 0; \
	echo "installing$$missing"; \
	as_root='env DEBIAN_FRONTEND=noninteractive'; \
	if [ "$$(id -u)" != 0 ]; then \
	  command -v sudo >/dev/null || { echo "neither root nor sudo: as" \
	    "root, run: apt-get install$$missing" >&2; exit 1; }; \
	  as_root="sudo $$as_root"; fi; \
	$$as_root apt-get update -q >/dev/null; \
	$$as_root apt-get install -y -q --no-install-recommends $$missing \
	  >/dev/null

SOURCES := $(wildcard include/*.h src/*/*.[ch] tests/*.[ch] tests/*/*.[ch] \
	     bench/*.[ch])

format: ## lay the sources out by .clang-format
	clang-format -i $(SOURCES)

format-check: # fail where `make format` would change something
	clang-format --dry-run -Werror $(SOURCES)

clean: ## remove everything built
	rm -rf $B

help: ## show this list
	sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 12

FORCE:
.PHONY: all demo run-demo soak run-soak fuzz check check-all run-tests run-heavy bench \
	run-bench install uninstall deps deps-build deps-demo deps-check \
	deps-check-all deps-bench deps-ci \
	format format-check clean help FORCE \
	$(TESTS:%=run-%) $(SCRIPTS:%=run-%) $(HEAVY:%=run-%)
.SECONDARY:

-include $(wildcard $B/*/*.d $B/*/*/*.d)
