#include "http/routes.h"

#define KB ((size_t)1024)

const struct route http_routes[] = {
#define ROUTE(method, path, listeners, max_body, handle, help) { method, path, listeners, max_body, handle, help },
#include "http/routes.def"
#undef ROUTE
};
const size_t http_routes_count = sizeof http_routes / sizeof http_routes[0];
