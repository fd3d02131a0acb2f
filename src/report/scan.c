#include "report/scan.h"

#include "report/batch.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

/* Of each thread: one block to read into, one to parse, one to add. */
#define PIECES_EACH 3
/* Records between foreseeing one, expecting and adding it: as long as memory
   takes. */
#define AHEAD 6

/* A block on its way: piece n, n + count, n + 2 * count ... of the scan. */
struct piece {
	const char *path;
	bool parsed;
	uint64_t position; /* bytes of all logs that were read with it */
	struct mp_block block;
	struct mp_batch batch;
	struct mp_parse parse; /* kept for the minute that it knows */
};

/* One that takes all pieces in order: each lane, and the one that tells. */
struct taker {
	uint64_t next; /* the piece that it takes next */
	bool busy;
	bool refusing; /* where the piece before it ended */
};

/*
 * `lock` guards all but `scan` and what belongs to a step while that is being
 * done: the reading side to the one that set `reading`, a piece to who parses
 * it, and a lane to who set its `busy`.
 */
struct crew {
	const struct mp_scan *scan;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct piece *pieces;
	unsigned piece_count;
	struct taker *takers; /* the lanes, and behind them the teller */
	uint64_t read;	      /* pieces that were read */
	uint64_t parsing;     /* those that were taken for parsing */
	bool reading, ended;
	int err;

	/* the reading side */
	char *const *paths; /* still to be opened */
	struct mp_source *source;
	struct mp_cutter cutter;
	const char *path;
	uint64_t read_before; /* bytes of all logs before this one */

	/* the teller */
	struct mp_scan_end end;
};

static struct piece *piece_at(const struct crew *c, uint64_t n)
{
	return &c->pieces[n % c->piece_count];
}

/* ---- steps, done without the lock ---- */

static int open_next(struct crew *c)
{
	c->path = *c->paths++;
	return mp_source_open(c->path, &c->source);
}

static void close_source(struct crew *c)
{
	c->read_before += mp_source_position(c->source);
	mp_source_close(c->source);
	c->source = NULL;
}

/* Returns whether no piece follows. */
static bool read_piece(struct crew *c, struct piece *p)
{
	int err = c->source ? 0 : open_next(c);

	p->path = c->path;
	p->position = c->read_before;
	if (err) {
		mp_block_fail(&p->block, err);
		return !*c->paths;
	}
	mp_cutter_fill(&c->cutter, c->source, &p->block);
	p->position = c->read_before + mp_source_position(c->source);
	if (!p->block.last)
		return false;
	close_source(c);
	return !*c->paths;
}

static int add_entry(const struct mp_scan *scan, void *lane,
		     const struct mp_entry *e)
{
	const struct mp_record *r = &e->line.record;

	if (e->echo)
		return scan->note ? scan->note(lane, r) : 0;
	return scan->add(lane, r, e->line.form);
}

/* Goes through the entries of a lane before they are added. */
struct scout {
	const struct mp_batch *batch;
	uint32_t far, near;
};

static void go_far(const struct mp_scan *scan, void *lane, struct scout *s)
{
	const struct mp_entry *e = &s->batch->entries[s->far];

	if (s->far == MP_BATCH_END)
		return;
	scan->foresee(lane, e->hash);
	s->far = e->next;
}

static void go_near(const struct mp_scan *scan, void *lane, struct scout *s)
{
	const struct mp_entry *e = &s->batch->entries[s->near];

	if (s->near == MP_BATCH_END)
		return;
	scan->expect(lane, &e->line.record, e->hash);
	s->near = e->next;
}

static void go_on(const struct mp_scan *scan, void *lane, struct scout *s)
{
	if (!scan->expect)
		return;
	go_far(scan, lane, s);
	go_near(scan, lane, s);
}

static void set_out(const struct mp_scan *scan, void *lane, struct scout *s)
{
	for (unsigned i = 0; i < AHEAD && scan->expect; i++)
		go_far(scan, lane, s);
	for (unsigned i = 0; i < AHEAD; i++)
		go_on(scan, lane, s);
}

static void add_entries(struct crew *c, unsigned lane, struct taker *t,
			const struct piece *p, int *ret_err)
{
	const struct mp_batch *b = &p->batch;
	void *to = c->scan->lanes[lane];
	struct scout scout = { b, b->heads[lane], b->heads[lane] };

	set_out(c->scan, to, &scout);
	for (uint32_t i = b->heads[lane]; i != MP_BATCH_END;
	     i = b->entries[i].next) {
		const struct mp_entry *e = &b->entries[i];

		go_on(c->scan, to, &scout);
		if (t->refusing && e->line.number < b->first_header)
			continue;
		*ret_err = add_entry(c->scan, to, e);
		if (*ret_err)
			return;
	}
}

static uint64_t count_refused(const struct mp_batch *b)
{
	uint64_t n = 0;

	for (size_t i = 0; i < b->count; i++)
		n += !b->entries[i].echo &&
		     b->entries[i].line.number < b->first_header;
	return n;
}

static void tell(struct crew *c, const struct taker *t, const struct piece *p)
{
	const struct mp_batch *b = &p->batch;
	struct mp_scan_end *end = &c->end;

	if (t->refusing)
		end->refused += count_refused(b);
	for (size_t i = 0; i < b->fault_count; i++) {
		if (b->faults[i].fault.expected == mp_parse_refused) {
			end->refused++;
			continue;
		}
		end->faults++;
		c->scan->fault(c->scan->user, p->path,
			       end->lines + b->faults[i].number,
			       &b->faults[i].fault);
	}
	end->lines += b->lines;
	end->empty += b->empty;
	if (c->scan->progress)
		mp_progress_show(c->scan->progress, p->position);
	if (!p->block.last)
		return;
	end->path = p->path;
	end->faults += end->refused;
	end->err = p->block.err;
	c->scan->end(c->scan->user, end);
	*end = (struct mp_scan_end){ 0 };
}

static void take(struct crew *c, unsigned who, const struct piece *p,
		 int *ret_err)
{
	struct taker *t = &c->takers[who];

	if (who < c->scan->lane_count)
		add_entries(c, who, t, p, ret_err);
	else
		tell(c, t, p);
	if (p->batch.first_header != UINT64_MAX)
		t->refusing = p->batch.refusing;
	if (p->block.last)
		t->refusing = false;
}

/* ---- who does what next: called with the lock held, which is let go while a
   step is being done ---- */

static bool try_take(struct crew *c, unsigned who)
{
	struct taker *t = &c->takers[who];
	struct piece *p = piece_at(c, t->next);
	int err = 0;

	if (t->busy || t->next == c->parsing || !p->parsed)
		return false;
	t->busy = true;
	pthread_mutex_unlock(&c->lock);
	take(c, who, p, &err);
	pthread_mutex_lock(&c->lock);
	t->busy = false;
	t->next++;
	c->err = c->err ? c->err : err;
	return true;
}

static bool try_parse(struct crew *c)
{
	struct piece *p = piece_at(c, c->parsing);
	int err;

	if (c->parsing == c->read)
		return false;
	c->parsing++;
	pthread_mutex_unlock(&c->lock);
	err = mp_batch_read(&p->batch, &p->block, &p->parse);
	pthread_mutex_lock(&c->lock);
	p->parsed = true;
	c->err = c->err ? c->err : err;
	return true;
}

/* The first piece that somebody still has to take. */
static uint64_t oldest(const struct crew *c)
{
	uint64_t n = UINT64_MAX;

	for (unsigned i = 0; i <= c->scan->lane_count; i++)
		n = c->takers[i].next < n ? c->takers[i].next : n;
	return n;
}

static bool try_read(struct crew *c)
{
	struct piece *p = piece_at(c, c->read);
	bool ended;

	if (c->reading || c->ended || c->read - oldest(c) == c->piece_count)
		return false;
	c->reading = true;
	p->parsed = false;
	pthread_mutex_unlock(&c->lock);
	ended = read_piece(c, p);
	pthread_mutex_lock(&c->lock);
	c->reading = false;
	c->ended = ended;
	c->read++;
	return true;
}

/* What is oldest first; and each thread its own lane, whose pages its
   processor has at hand. */
static bool try_all(struct crew *c, unsigned self)
{
	unsigned takers = c->scan->lane_count + 1;

	for (unsigned i = 0; i < takers; i++)
		if (try_take(c, (self + i) % takers))
			return true;
	return try_parse(c) || try_read(c);
}

static bool is_done(const struct crew *c)
{
	return c->err || (c->ended && oldest(c) == c->read);
}

static void work(struct crew *c, unsigned self)
{
	pthread_mutex_lock(&c->lock);
	while (!is_done(c)) {
		if (try_all(c, self))
			pthread_cond_broadcast(&c->changed);
		else
			pthread_cond_wait(&c->changed, &c->lock);
	}
	pthread_mutex_unlock(&c->lock);
}

struct hand {
	struct crew *crew;
	unsigned self;
	pthread_t thread;
};

static void *run(void *arg)
{
	struct hand *h = arg;

	work(h->crew, h->self);
	return NULL;
}

/* With fewer threads than wanted the work is done as well. */
static void work_together(struct crew *c)
{
	struct hand hands[MP_SCAN_THREADS];
	unsigned n = 0;

	for (unsigned i = 1; i < c->scan->threads; i++) {
		hands[n] = (struct hand){ .crew = c, .self = i };
		if (!pthread_create(&hands[n].thread, NULL, run, &hands[n]))
			n++;
	}
	work(c, 0);
	while (n > 0)
		pthread_join(hands[--n].thread, NULL);
}

/* ---- */

static int make_pieces(struct crew *c)
{
	const struct mp_scan *scan = c->scan;
	int err = 0;

	for (unsigned i = 0; i < c->piece_count && !err; i++) {
		err = mp_block_init(&c->pieces[i].block, scan->block_size);
		if (!err)
			err = mp_batch_init(&c->pieces[i].batch,
					    scan->lane_count, scan->view);
	}
	return err;
}

static void free_pieces(struct crew *c)
{
	for (unsigned i = 0; i < c->piece_count; i++) {
		mp_block_release(&c->pieces[i].block);
		mp_batch_release(&c->pieces[i].batch);
	}
}

int mp_scan(const struct mp_scan *scan)
{
	struct crew c = {
		.scan = scan,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.changed = PTHREAD_COND_INITIALIZER,
		.piece_count =
			scan->threads > 1 ? PIECES_EACH * scan->threads : 1,
		.paths = scan->paths,
		.ended = !*scan->paths,
	};
	int err = -ENOMEM;

	c.pieces = calloc(c.piece_count, sizeof(*c.pieces));
	c.takers = calloc(scan->lane_count + 1, sizeof(*c.takers));
	if (!c.pieces || !c.takers)
		goto free_arrays;
	err = make_pieces(&c);
	if (err)
		goto free_all_pieces;
	work_together(&c);
	mp_source_close(c.source);
	err = c.err;

free_all_pieces:
	free_pieces(&c);
free_arrays:
	free(c.pieces);
	free(c.takers);
	return err;
}

unsigned mp_scan_threads(void)
{
	cpu_set_t set;
	int n = 1;

	if (!sched_getaffinity(0, sizeof(set), &set))
		n = CPU_COUNT(&set);
	return n < MP_SCAN_THREADS ? (unsigned)n : MP_SCAN_THREADS;
}
