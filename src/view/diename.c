#include "view/diename.h"

#include "view/demangle.h"

#include <dwarf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* From an instance to what it is one of, and on to where that is declared. */
#define HOPS_MAX 16

static Dwarf_Die *follow(Dwarf_Die *die, Dwarf_Die *room)
{
	static const unsigned ways[] = { DW_AT_abstract_origin,
					 DW_AT_specification };
	Dwarf_Attribute attribute;

	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++)
		if (dwarf_formref_die(dwarf_attr(die, ways[i], &attribute),
				      room))
			return room;
	return NULL;
}

static void origin(Dwarf_Die *die, Dwarf_Die *ret)
{
	Dwarf_Die next;

	*ret = *die;
	for (int i = 0; i < HOPS_MAX && follow(ret, &next); i++)
		*ret = next;
}

const void *mp_diename_origin(Dwarf_Die *die)
{
	Dwarf_Die first;

	origin(die, &first);
	return first.addr;
}

static const char *linkage_of(Dwarf_Die *die)
{
	static const unsigned names[] = { DW_AT_linkage_name,
					  DW_AT_MIPS_linkage_name };
	Dwarf_Attribute attribute;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *name = dwarf_formstring(
			dwarf_attr_integrate(die, names[i], &attribute));

		if (name)
			return name;
	}
	return NULL;
}

/* dwarf_decl_file() knows no file 0, which since DWARF 5 is the unit's own. */
static const char *decl_file(Dwarf_Die *die)
{
	Dwarf_Attribute attribute;
	Dwarf_Files *files;
	Dwarf_Word file;
	Dwarf_Die unit;
	size_t count;

	if (dwarf_formudata(
		    dwarf_attr_integrate(die, DW_AT_decl_file, &attribute),
		    &file) ||
	    dwarf_cu_info(attribute.cu, NULL, NULL, &unit, NULL, NULL, NULL,
			  NULL) ||
	    dwarf_getsrcfiles(&unit, &files, &count) || file >= count)
		return NULL;
	return dwarf_filesrc(files, file, NULL, NULL);
}

/* What a function is declared in, as its name tells; null where it does not. */
static const char *part_of_name(Dwarf_Die *die)
{
	const char *name;

	switch (dwarf_tag(die)) {
	case DW_TAG_namespace:
		name = dwarf_diename(die);
		return name ? name : "(anonymous namespace)";
	case DW_TAG_class_type:
	case DW_TAG_structure_type:
	case DW_TAG_union_type:
		return dwarf_diename(die);
	default:
		return NULL;
	}
}

/* Write `outer::inner::name`; what is around it comes innermost first. */
static int qualify(const char *name, Dwarf_Die *around, int count, char **ret)
{
	size_t len;
	FILE *out = open_memstream(ret, &len);

	if (!out)
		return -ENOMEM;
	for (int i = count; i-- > 0;) {
		const char *part = part_of_name(&around[i]);

		if (part)
			fprintf(out, "%s::", part);
	}
	fputs(name, out);
	if (!fclose(out))
		return 0;
	free(*ret);
	return -ENOMEM;
}

/* A function that no other file may call has no mangled name that would tell
   its namespaces. */
static int with_namespaces(Dwarf_Die *die, const char *name, char **ret)
{
	Dwarf_Die declared, *around;
	int count, err;

	origin(die, &declared);
	count = dwarf_getscopes_die(&declared, &around);
	if (count <= 0)
		return 0;
	err = qualify(name, around + 1, count - 1, ret);
	free(around);
	return err;
}

int mp_diename_get(Dwarf_Die *die, struct mp_diename *ret)
{
	struct mp_diename n = {
		.name = dwarf_diename(die),
		.linkage = linkage_of(die),
		.file = decl_file(die),
	};
	int line = 0;
	int err = 0;

	if (!n.name && !n.linkage)
		return -ENOENT;
	if (!dwarf_decl_line(die, &line) && line > 0)
		n.line = (uint32_t)line;
	if (n.linkage)
		n.own = mp_demangle(n.linkage);
	else
		err = with_namespaces(die, n.name, &n.own);
	if (err)
		return err;
	if (n.own)
		n.name = n.own;
	else if (!n.name)
		n.name = n.linkage;
	*ret = n;
	return 0;
}

void mp_diename_release(struct mp_diename *name)
{
	free(name->own);
}
