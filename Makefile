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

LIB_OBJS    := $(patsubst %.c,$B/%.o,$(wildcard src/core/*.c))
REPORT_OBJS := $(patsubst %.c,$B/%.o,$(wildcard src/report/*.c))
CMD_OBJS    := $(patsubst %.c,$B/%.o,$(wildcard src/cmd/*.c))
DEMO_OBJS   := $(patsubst %.c,$B/%.o,$(wildcard src/demo/*.c))
TESTS       := $(patsubst %.c,%,$(wildcard tests/*/test_*.c))
SCRIPTS     := $(wildcard tests/*/test_*.sh)
HOSTS       := $(patsubst %.c,%,$(wildcard tests/*/host_*.c))
BENCHES     := $(patsubst %.c,%,$(wildcard bench/bench_*.c))

A      := $B/libmemprof.a
SO     := $B/libmemprof.so.$(VERSION)
REPORT := $B/libreport.a
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
CMD_LIBS := -lz -lm $(LIBS)

ifndef V
.SILENT:
say = printf '  %-5s %s\n' $1 $(or $2,$@) &&
endif

all: $A $(SO) $(CMD) ## build the library and the command (the default)

$B/%.o: %.c $B/flags
	mkdir -p $(@D)
	$(call say,CC) $(COMPILE) -c -o $@ $<

$A: $(LIB_OBJS)
	rm -f $@
	$(call say,AR) $(AR) rcs $@ $^

$(REPORT): $(REPORT_OBJS)
	rm -f $@
	$(call say,AR) $(AR) rcs $@ $^

# nodelete: threads keep counters of ours, and handlers may still come back.
$(SO): $(LIB_OBJS) src/libmemprof.map
	$(call say,LD) $(LINK) $(SO_LDFLAGS) -shared -Wl,-z,nodelete \
	  -Wl,-soname,libmemprof.so.$(MAJOR) \
	  -Wl,--version-script,src/libmemprof.map -o $@ $(LIB_OBJS) $(LIBS)
	ln -sf $(notdir $@) $B/libmemprof.so.$(MAJOR)
	ln -sf $(notdir $@) $B/libmemprof.so

$(CMD): $(CMD_OBJS) $(REPORT) $A
	$(call say,LD) $(LINK) -o $@ $^ $(CMD_LIBS)

$(DEMO): $(DEMO_OBJS) $A
	$(call say,LD) $(LINK) -o $@ $^ -lmicrohttpd $(JEMALLOC) $(LIBS)

$(BENCHES:%=$B/%): $B/%: $B/%.o $A
	$(call say,LD) $(LINK) -o $@ $^ -lproc2 $(JEMALLOC) $(LIBS)

$(TESTS:%=$B/%): $B/%: $B/%.o $(REPORT) $A
	$(call say,LD) $(LINK) $(WRAP) -o $@ $^ -lcmocka $(TEST_LIBS) \
	  $(JEMALLOC) $(CMD_LIBS)

# Programs that the shell tests run.
$(HOSTS:%=$B/%): $B/%: $B/%.o $A
	$(call say,LD) $(LINK) -o $@ $^ $(TEST_LIBS) $(JEMALLOC) $(LIBS)

# Calls that these tests put themselves in place of, and what else they need.
wrap = $(addprefix -Wl$(comma)--wrap=,$1)
$B/tests/core/test_config: WRAP := $(call wrap,secure_getenv getauxval)
$B/tests/core/test_ini: WRAP := $(call wrap,fopen ini_parse_stream)
$B/tests/core/test_value: WRAP := $(call wrap,getcwd)

# Rebuild everything when the compiler or a flag changes.
$B/flags: FORCE
	mkdir -p $(@D)
	echo '$(COMPILE) $(LINK)' | cmp -s - $@ || \
	  echo '$(COMPILE) $(LINK)' >$@

# ---- tests and measurements ------------------------------------------------

check: deps-check run-tests ## install what the tests need, build, test

run-tests: $(TESTS:%=run-%) $(SCRIPTS:%=run-%) # the tests alone

# Each test is a process of its own, with a time limit.
TEST_SECONDS := 180

$(TESTS:%=run-%): run-%: $B/%
	$(call say,TEST,$*) B=$B timeout $(TEST_SECONDS) $< >$<.log 2>&1 || \
	  { cat $<.log; exit 1; }

$(SCRIPTS:%=run-%): run-%: all $(HOSTS:%=$B/%) $(DEMO)
	mkdir -p $B/$(dir $*)
	$(call say,TEST,$*) B=$B CC='$(CC)' MAKE='$(MAKE)' \
	  timeout $(TEST_SECONDS) $* >$B/$*.log 2>&1 || \
	  { cat $B/$*.log; exit 1; }

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
	for m in $(wildcard man/*.[1357]); do \
	  install -d $(DESTDIR)$(MANDIR)/man$${m##*.} && \
	  install -m 644 $$m $(DESTDIR)$(MANDIR)/man$${m##*.} || exit 1; \
	done

uninstall: ## undo install
	rm -f $(DESTDIR)$(INCLUDEDIR)/memprof.h
	rm -f $(DESTDIR)$(LIBDIR)/libmemprof.*
	rm -f $(DESTDIR)$(LIBDIR)/pkgconfig/memprof.pc
	rm -f $(DESTDIR)$(BINDIR)/memprof
	for m in $(notdir $(wildcard man/*.[1357])); do \
	  rm -f $(DESTDIR)$(MANDIR)/man$${m##*.}/$$m || exit 1; done

# ---- housekeeping ----------------------------------------------------------

# Debian's names for what each goal needs; others are told.
DEPS_BUILD := gcc libc6-dev libinih-dev zlib1g-dev libjemalloc-dev
DEPS_DEMO  := $(DEPS_BUILD) libmicrohttpd-dev wrk gnuplot-nox
DEPS_CHECK := $(DEPS_DEMO) g++ libcmocka-dev libproc2-dev pkg-config binutils \
	      logrotate python3-minimal mandoc
DEPS_BENCH := $(DEPS_CHECK) valgrind python3

deps: deps-bench ## install what any goal needs (Debian; else it is listed)

deps-build deps-demo deps-check deps-bench: deps-%:
	want='$(DEPS_$(shell echo $* | tr a-z A-Z))'; \
	if ! command -v dpkg-query >/dev/null; then \
	  echo "not a Debian system; what is needed, by its Debian names:" \
	    $$want; exit 0; fi; \
	missing=; for p in $$want; do \
	  dpkg-query -W -f '$${Status}' $$p 2>/dev/null | \
	    grep -q 'ok installed' || missing="$$missing $$p"; done; \
	[ -z "$$missing" ] && exit 0; \
	echo "installing$$missing"; \
	as_root=; [ "$$(id -u)" = 0 ] || as_root=sudo; \
	$$as_root apt-get update -q >/dev/null; \
	DEBIAN_FRONTEND=noninteractive $$as_root apt-get install -y -q \
	  --no-install-recommends $$missing >/dev/null

SOURCES := $(wildcard include/*.h src/*/*.[ch] tests/*.[ch] tests/*/*.[ch] \
	     bench/*.[ch])

format: ## lay the sources out by .clang-format
	clang-format -i $(SOURCES)

format-check: # fail where `make format` would change something
	clang-format --dry-run -Werror $(SOURCES)

clean: ## remove everything built
	rm -rf build

help: ## show this list
	sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 12

FORCE:
.PHONY: all check run-tests install uninstall deps deps-build deps-demo \
	deps-check deps-bench format format-check clean help FORCE \
	$(TESTS:%=run-%) $(SCRIPTS:%=run-%)
.SECONDARY:

-include $(wildcard $B/*/*.d $B/*/*/*.d)
