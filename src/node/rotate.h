/* Planned changes of keys: what the files of rotate.c share. Private to the node room. */
#ifndef NODE_ROTATE_H
#define NODE_ROTATE_H

#include "node/internal.h"

#define ROTATE_REST_MAX 320		/* a word, a space, VKEY_TEXT_MAX */

struct purpose {
	const char *word;		/* of settings and files */
	const char *setting;		/* where the present one stands; NULL: in a file */
	enum keyfile_purpose file;
};
const struct purpose *rotate_purpose(enum change c);

/* The setting ${what}/<purpose> of an own key: "next", "files". */
void rotate_setting(char out[40], const char *what, enum change c);
/* Read one setting "<from ms> <rest>"; ERR_NOTFOUND: there is none. */
int rotate_read(struct store_reader *r, const char *name, int64_t *from_ms, char rest[ROTATE_REST_MAX], struct err *e);

struct rotate_settings {		/* up to five, written in one transaction by rotate_write as the writer's job */
	const char *name[5], *value[5];
};
int rotate_write(void *arg, struct store *s, struct err *e);

/* rotate_peer.c: if ${p} has changed its key by ${by_ms}, the old one is forgotten: the card that is kept names the new one. */
int rotate_peer_promote(struct node *n, struct peer *p, enum change c, int64_t by_ms, struct err *e);

/* rotate_files.c: overwrite and remove the file of a key that is of no more use to anybody but a thief. */
void rotate_files_destroy(const char *path);

#endif
