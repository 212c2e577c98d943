#include "log/quorum.h"

uint32_t
quorum_faulty(uint32_t n_members)
{
	return n_members < 5 ? 0 : (n_members - 2) / 3;
}

uint32_t
quorum_k(uint32_t n_members)
{
	uint64_t n = n_members > 0 ? n_members - 1 : 0;

	return n < 4 ? (uint32_t)n : (uint32_t)((n + quorum_faulty(n_members)) / 2 + 1);
}
