#include "view/symtab.h"

#include "view/grow.h"

/* How far back a function may begin, with others inside of it. */
#define LOOK_BACK 16

enum {
	RANK_UNSIZED = 1 << 16,
	RANK_LOCAL = 1 << 15,
};

/* Whether it is code; `*ret_end` becomes the end of its section. */
static bool is_code(const GElf_Sym *sym, Elf *elf, GElf_Word section,
		    uint64_t *ret_end)
{
	int type = GELF_ST_TYPE(sym->st_info);
	GElf_Shdr header;

	if (type != STT_FUNC && type != STT_GNU_IFUNC && type != STT_NOTYPE)
		return false;
	if (section == SHN_UNDEF || section >= SHN_LORESERVE ||
	    !gelf_getshdr(elf_getscn(elf, section), &header) ||
	    !(header.sh_flags & SHF_EXECINSTR))
		return false;
	*ret_end = header.sh_addr + header.sh_size;
	return true;
}

/* Of aliases the one that a person would write: `read`, not `__GI_read`. */
static unsigned rank_of(const GElf_Sym *sym, const char *name)
{
	unsigned rank = 0;
	unsigned underscores = (unsigned)strspn(name, "_");

	/* In mangled names they say nothing. */
	if (strncmp(name, "_Z", 2) != 0)
		rank += underscores < 8 ? underscores * 256 : 2048;
	rank += (unsigned)strnlen(name, 255);
	if (GELF_ST_BIND(sym->st_info) == STB_LOCAL)
		rank += RANK_LOCAL;
	if (sym->st_size == 0)
		rank += RANK_UNSIZED;
	return rank;
}

static int add(struct mp_symtab *t, Dwfl_Module *module, int i)
{
	GElf_Addr address, bias;
	GElf_Word section;
	GElf_Sym sym;
	uint64_t end;
	Elf *elf;
	const char *name = dwfl_module_getsym_info(module, i, &sym, &address,
						   &section, &elf, &bias);
	int err;

	/* Only a whole table has what nobody may link to. */
	if (name && GELF_ST_BIND(sym.st_info) == STB_LOCAL &&
	    GELF_ST_TYPE(sym.st_info) != STT_SECTION)
		t->stripped = false;
	if (!name || !*name || !elf || !is_code(&sym, elf, section, &end))
		return 0;
	err = MP_GROW(t->symbols, t->count);
	if (err)
		return err;
	if (sym.st_size > 0 && sym.st_size <= UINT64_MAX - address)
		end = address + sym.st_size;
	t->symbols[t->count++] =
		(struct mp_symbol){ address, end, name, rank_of(&sym, name) };
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct mp_symbol *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* Leave one at each address, and no label inside of a function; what has no
   size ends where the next begins. */
static void tidy(struct mp_symtab *t)
{
	uint64_t function_end = 0;
	size_t n = 0;

	for (size_t i = 0; i < t->count; i++) {
		const struct mp_symbol *s = &t->symbols[i];

		if (n > 0 && t->symbols[n - 1].start == s->start)
			continue;
		if ((s->rank & RANK_UNSIZED) && s->start < function_end)
			continue;
		if (!(s->rank & RANK_UNSIZED) && s->end > function_end)
			function_end = s->end;
		t->symbols[n++] = *s;
	}
	for (size_t i = 0; i + 1 < n; i++)
		if ((t->symbols[i].rank & RANK_UNSIZED) &&
		    t->symbols[i].end > t->symbols[i + 1].start)
			t->symbols[i].end = t->symbols[i + 1].start;
	t->count = n;
}

int mp_symtab_read(Dwfl_Module *module, struct mp_symtab *ret)
{
	struct mp_symtab t = { .stripped = true };
	int count = dwfl_module_getsymtab(module);
	int err = 0;

	for (int i = 1; i < count && !err; i++)
		err = add(&t, module, i);
	if (err) {
		mp_symtab_release(&t);
		return err;
	}
	if (t.count > 0)
		qsort(t.symbols, t.count, sizeof(*t.symbols), compare);
	tidy(&t);
	*ret = t;
	return 0;
}

void mp_symtab_release(struct mp_symtab *t)
{
	free(t->symbols);
	*t = (struct mp_symtab){ 0 };
}

const struct mp_symbol *mp_symtab_find(const struct mp_symtab *t,
				       uint64_t address)
{
	size_t low = 0, high = t->count;

	/* The first that begins behind the address. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (t->symbols[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	for (size_t i = 0; i < LOOK_BACK && low > 0; i++)
		if (address < t->symbols[--low].end)
			return &t->symbols[low];
	return NULL;
}
