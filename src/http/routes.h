/* Rows of routes.def, shared by the server and its handlers. Private to the http room. */
#ifndef HTTP_ROUTES_H
#define HTTP_ROUTES_H

#include "http/server.h"

enum listener { ON_MEMBERS = 1, ON_CONTROL = 2 };

struct route {
	const char *method;
	const char *path;		/* ends in '/': a prefix, the rest is the tail; else exact */
	unsigned listeners;
	size_t max_body;
	void (*handle)(const struct http_request *r, struct http_answer *a);
	const char *help;
};

extern const struct route http_routes[];
extern const size_t http_routes_count;

/* member.c */
void member_log(const struct http_request *r, struct http_answer *a);
void member_own_log(const struct http_request *r, struct http_answer *a);
void member_x1(const struct http_request *r, struct http_answer *a);
void member_add_checkpoint(const struct http_request *r, struct http_answer *a);
void member_witness(const struct http_request *r, struct http_answer *a);
void member_bell(const struct http_request *r, struct http_answer *a);
/* control.c */
void control_file(const struct http_request *r, struct http_answer *a);
void control_blob(const struct http_request *r, struct http_answer *a);
void control_blob_drop(const struct http_request *r, struct http_answer *a);
void control_status(const struct http_request *r, struct http_answer *a);
void control_pair(const struct http_request *r, struct http_answer *a);
/* pouch.c */
void control_pouch(const struct http_request *r, struct http_answer *a);
/* trust.c */
void control_resume(const struct http_request *r, struct http_answer *a);
/* control.c */
void control_rebuild(const struct http_request *r, struct http_answer *a);
void control_check(const struct http_request *r, struct http_answer *a);
void control_backup(const struct http_request *r, struct http_answer *a);

#endif
