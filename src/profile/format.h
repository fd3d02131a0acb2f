#ifndef MP_FORMAT_H
#define MP_FORMAT_H

/*
 * format: the words of a profile's raw file, format 1, for who writes and who
 * reads it.
 *
 * memprof-profile(5) says what they mean.  A line is a first word and fields
 * with a tab before each; none is empty.  Who reads skips lines whose first
 * word it does not know, and refuses another version.
 */

#define MP_FORMAT_MAGIC	  "memprof-profile"
#define MP_FORMAT_VERSION "1"
#define MP_FORMAT_SUFFIX  ".mprof"

#define MP_FORMAT_NONE	  "-"	/* an id, a build id or a stack that is none */
#define MP_FORMAT_UNKNOWN "\\N" /* a number that is not known */

/* The header: a key and its value; only `degraded` may come again. */
#define MP_FORMAT_CLOCK	      "clock"
#define MP_FORMAT_BEGAN	      "began"
#define MP_FORMAT_PAGE_ID     "page_id"
#define MP_FORMAT_OOPS_ID     "oops_id"
#define MP_FORMAT_HOST	      "host"
#define MP_FORMAT_PID	      "pid"
#define MP_FORMAT_TID	      "tid"
#define MP_FORMAT_EXE	      "exe"
#define MP_FORMAT_REQUESTS    "requests"
#define MP_FORMAT_DURATION_NS "duration_ns"
#define MP_FORMAT_CPU_NS      "cpu_ns"
#define MP_FORMAT_MECHANISM   "mechanism"
#define MP_FORMAT_INTERVAL_NS "interval_ns"
#define MP_FORMAT_TICK_NS     "tick_ns"
#define MP_FORMAT_SAMPLES     "samples"
#define MP_FORMAT_LOST	      "lost"
#define MP_FORMAT_CUT	      "cut"
#define MP_FORMAT_DEGRADED    "degraded"

/* Of one request only, as in the log; see memprof-log(5). */
#define MP_FORMAT_START_VSS "start_vss"
#define MP_FORMAT_START_RSS "start_rss"
#define MP_FORMAT_END_VSS   "end_vss"
#define MP_FORMAT_END_RSS   "end_rss"
#define MP_FORMAT_VSS_DELTA "vss_delta"
#define MP_FORMAT_RSS_DELTA "rss_delta"
#define MP_FORMAT_ALLOCATED "allocated"
#define MP_FORMAT_FREED	    "freed"
#define MP_FORMAT_PEAK	    "peak"
#define MP_FORMAT_OVERLAP   "overlap"

/* Values of `clock` and `mechanism`. */
#define MP_FORMAT_CLOCK_CPU  "cpu"
#define MP_FORMAT_CLOCK_WALL "wall"
#define MP_FORMAT_CPU_TIMER  "cpu-timer"
#define MP_FORMAT_PERF	     "perf"

/* What comes behind the header, and how many fields each has at least. */
#define MP_FORMAT_OBJECT	"object" /* START END BIAS BUILDID PATH */
#define MP_FORMAT_PAGE		"page" /* PAGE_ID REQUESTS DURATION_NS CPU_NS */
#define MP_FORMAT_STACK		"stack" /* KIND SAMPLES VALUE PC... */
#define MP_FORMAT_NOTE		"note"	/* KIND START_NS END_NS TEXT PC... */
#define MP_FORMAT_NOTES_DROPPED "notes_dropped"
#define MP_FORMAT_END		"end" /* LINES; the last line */

/* Kinds of stacks; who reads takes others for the last one. */
#define MP_FORMAT_KIND_CPU	 "cpu"
#define MP_FORMAT_KIND_BLOCKED	 "blocked"
#define MP_FORMAT_KIND_QUEUED	 "queued"
#define MP_FORMAT_KIND_UNSAMPLED "unsampled"

/* The path of the object that the kernel maps into each process. */
#define MP_FORMAT_VDSO "[vdso]"

#define MP_FORMAT_STACK_MAX 128	 /* program counters of a stack */
#define MP_FORMAT_TEXT_MAX  1023 /* bytes of a note's text, encoded */

#endif
