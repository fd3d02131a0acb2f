#ifndef MP_ERROR_H
#define MP_ERROR_H

/*
 * error: what this thread's last failed open said.
 *
 * The text lives outside of the static TLS, of which we take as little as we
 * can, and is freed with its thread.  Not for the request path.
 */

/* Keep `message`; where there is no memory for it, there is no message. */
void mp_error_set(const char *message);

/* Keep `path: what the error means`. */
void mp_error_set_path(const char *path, int err);

#endif
