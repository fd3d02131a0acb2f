#ifndef MP_SCREEN_H
#define MP_SCREEN_H

/* screen: a terminal that is drawn on as a whole, by ncurses. */

#include "live/frame.h"

/* What mp_screen_key() returns beside characters. */
enum {
	MP_SCREEN_NONE = 0,
	MP_SCREEN_RESIZED = -1,
	MP_SCREEN_GONE = -2, /* the terminal hung up */
	MP_SCREEN_ENTER = '\n',
	MP_SCREEN_ESCAPE = 27,
	MP_SCREEN_BACKSPACE = 127,
};

/* Take over the terminal that is stdout and stdin.  Fails with -ENOTTY where
   they are none, or one that can't be drawn on. */
int mp_screen_open(void);

/* Give it back as it was. */
void mp_screen_close(void);

size_t mp_screen_width(void);
size_t mp_screen_height(void);

/* Show the frame, cut to the screen, and `bottom` in its last line. */
void mp_screen_draw(const struct mp_frame *frame, const char *bottom);

/* Wait for a key, `ms` milliseconds at most, or until a signal. */
int mp_screen_key(int ms);

#endif
