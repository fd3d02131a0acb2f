#ifndef MP_VALUE_H
#define MP_VALUE_H

/*
 * value: the value of one key of the configuration, from text and back.
 *
 * Strict, and the same in every locale: what is not wholly understood is
 * refused.  Text that was printed means the same when it is read.
 */

#include "core/config.h"

#define MP_VALUE_WHY_MAX 320 /* bytes of what is wrong with a value */

/*
 * Set `key` of `config` to what `value` says.  Fails with -EINVAL, and as
 * getcwd(3) where a path is relative; then `why`, which has room for
 * MP_VALUE_WHY_MAX bytes, says what was expected, and what the key holds is
 * undefined.
 */
int mp_value_set(struct mp_config *config, const struct mp_config_key *key,
		 const char *value, char *why);

/* The other way, into `ret`, which has room for MP_CONFIG_VALUE_MAX bytes. */
void mp_value_print(const struct mp_config *config,
		    const struct mp_config_key *key, char *ret);

#endif
