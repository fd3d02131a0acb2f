#include "cmd/screen.h"

#include <errno.h>
#include <ncurses.h>
#include <stdlib.h>
#include <unistd.h>

/* Pairs of colours. */
enum { RED = 1, YELLOW, CYAN };

static SCREEN *screen;
static bool colours;

int mp_screen_open(void)
{
	const char *none = getenv("NO_COLOR");

	if (!isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO))
		return -ENOTTY;
	screen = newterm(NULL, stdout, stdin);
	if (!screen)
		return -ENOTTY;
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	curs_set(0);
	set_escdelay(50);
	colours = has_colors() && !(none && *none);
	if (colours) {
		start_color();
		use_default_colors();
		init_pair(RED, COLOR_RED, -1);
		init_pair(YELLOW, COLOR_YELLOW, -1);
		init_pair(CYAN, COLOR_CYAN, -1);
	}
	return 0;
}

void mp_screen_close(void)
{
	endwin();
	delscreen(screen);
	screen = NULL;
}

size_t mp_screen_width(void)
{
	return (size_t)COLS;
}

size_t mp_screen_height(void)
{
	return (size_t)LINES;
}

static int colour(int pair)
{
	return colours ? (int)COLOR_PAIR(pair) : 0;
}

static int attributes(enum mp_frame_style style)
{
	switch (style) {
	case MP_FRAME_HEAD:
		return (int)A_BOLD;
	case MP_FRAME_TITLE:
		return (int)A_REVERSE;
	case MP_FRAME_HOT:
		return (int)A_BOLD | colour(RED);
	case MP_FRAME_WARM:
		return colour(YELLOW);
	case MP_FRAME_PLAIN:
		break;
	}
	return A_NORMAL;
}

static void draw_line(int y, enum mp_frame_style style, const char *text)
{
	attrset(attributes(style));
	mvaddstr(y, 0, text);
	if (style == MP_FRAME_TITLE) /* a bar over the whole width */
		while (getcury(stdscr) == y && getcurx(stdscr) < COLS - 1)
			addch(' ');
	attrset(A_NORMAL);
}

void mp_screen_draw(const struct mp_frame *frame, const char *bottom)
{
	erase();
	for (size_t i = 0; i < frame->count && (int)i < LINES - 1; i++)
		draw_line((int)i, frame->lines[i].style, frame->lines[i].text);
	attrset(colour(CYAN));
	/* Not into the last column of the last line, which would scroll. */
	mvaddnstr(LINES - 1, 0, bottom, COLS - 1);
	attrset(A_NORMAL);
	refresh();
}

int mp_screen_key(int ms)
{
	int key;

	timeout(ms);
	errno = 0;
	key = getch();
	switch (key) {
	case ERR:
		return errno == EIO ? MP_SCREEN_GONE : MP_SCREEN_NONE;
	case KEY_RESIZE:
		return MP_SCREEN_RESIZED;
	case KEY_ENTER:
	case '\r':
		return MP_SCREEN_ENTER;
	case KEY_BACKSPACE:
	case '\b':
		return MP_SCREEN_BACKSPACE;
	default:
		return key < 256 ? key : MP_SCREEN_NONE;
	}
}
