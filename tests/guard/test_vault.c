/* Reading key files: what is refused, and that what was read lies in memory that others do not get. */
#include <sys/resource.h>
#include <sys/wait.h>

#include "crypt/seal.h"
#include "crypt/secmem.h"
#include "folder.h"
#include "guard/vault.h"

static struct vault *vault;
static struct err e;

static int
load(const char *user)
{
	const struct frame_open o = { { folder, strlen(folder) }, { user, strlen(user) }, { "", 0 } };

	return vault_load(vault, PROCESS_SIGNER, &o, &e);
}

static void
refused(int want, const char *part, const char *name)
{
	is(load(""), want, name);
	ok(strstr(e.text, part) != NULL, "says: %s", part);
	ok(vault->count == 0 && vault->key[0].key.secret[0] == 0 && vault->scratch.seed[0] == 0, "and nothing is left behind");
}

static void
test_good(void)
{
	is(load(""), OK, "the log key alone");
	is(vault->count, 1, "one key");
	write_key("keys/log.next.key", KEYFILE_LOG, LOG_NAME, SEED_NEXT);
	write_key("keys/witness.key", KEYFILE_WITNESS, WITNESS_NAME, SEED_WITNESS);
	is(load(""), OK, "two generations and the witness key");
	is(vault->count, 3, "three keys");
	is(vault->key[1].key.secret[0], SEED_NEXT, "the next one second");
	is(vault->scratch.seed[0], 0, "what it was read into is wiped");
	remove(in_folder("keys/log.next.key"));
}

static void
test_files(void)
{
	static const char big[SEAL_MAX_BYTES + 1] = "x";

	chmod(in_folder("keys/log.key"), 0640);
	refused(ERR_DENIED, "run `chmod 600", "a loose mode");
	chmod(in_folder("keys/log.key"), 0604);
	refused(ERR_DENIED, "(mode 0604)", "another");
	chmod(in_folder("keys/log.key"), 0600);
	if (rename(in_folder("keys/log.key"), in_folder("keys/real.key")) != 0 ||
	    symlink("real.key", in_folder("keys/log.key")) != 0)
		exit(1);
	refused(ERR_DENIED, "is a symbolic link", "a link");
	remove(in_folder("keys/log.key"));
	refused(ERR_NOTFOUND, "restore it from where the keys are kept", "no log key");
	mkdir(in_folder("keys/log.key"), 0700);
	refused(ERR_DENIED, "is not a regular file", "a folder");
	rmdir(in_folder("keys/log.key"));
	if (mkfifo(in_folder("keys/log.key"), 0600) != 0)
		exit(1);
	refused(ERR_DENIED, "is not a regular file", "a pipe, without waiting for its other end");
	remove(in_folder("keys/log.key"));
	write_file(in_folder("keys/log.key"), big, sizeof big, 0600);
	refused(ERR_LIMIT, "log.key: ", "a long file");
	write_file(in_folder("keys/log.key"), "", 0, 0600);
	refused(ERR_INPUT, "log.key: ", "an empty file");
	write_key("keys/log.key", KEYFILE_TLS, LOG_NAME, SEED_LOG);
	refused(ERR_INPUT, "holds a tls key, a log key is needed", "a key of another purpose");
	write_key("keys/log.key", KEYFILE_LOG, LOG_NAME, SEED_WITNESS);
	refused(ERR_INPUT, "same public key twice", "one key in two places");
	write_key("keys/log.key", KEYFILE_LOG, LOG_NAME, SEED_LOG);
	is(load("no-such-user-here"), ERR_NOTFOUND, "a user that is not there");
}

static void
test_owner(void)
{
	if (geteuid() != 0) {
		skip("only root can give files away", 5);
		return;
	}
	if (chown(in_folder("keys/log.key"), 65534, 65534) != 0)
		exit(1);
	refused(ERR_DENIED, "belongs to user 65534", "another owner");
	is(load("nobody"), OK, "unless it is the user that the process changes to");
	if (chown(in_folder("keys/log.key"), 0, 0) != 0)
		exit(1);
	is(load(""), OK, "and the right one again");
}

/* Run ${f} in a process of its own, silently: what it exits with, or 128 + the signal that killed it. */
static int
apart(int (*f)(void))
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	if ((pid = fork()) == 0) {
		if (freopen("/dev/null", "w", stderr) == NULL)
			_exit(98);
		_exit(f());
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int runs_over(void) { return ((volatile uint8_t *)vault)[-(long)sysconf(_SC_PAGESIZE)] = 1, 98; }

static void
test_memory(const struct guard_report *r)
{
	int got;

	is(load(""), OK, "keys in the vault");
	is((r->achieved & GUARD_LOCKED_MEMORY) != 0, r->note[0] == 0, "locked, or a note says why not");
	got = apart(runs_over);
	ok(got != 98 && got != 0, "the page before them may not be touched");
}

static int
nothing_to_lock(void)
{
	static const struct rlimit none;
	struct guard_report r = { 0 };
	struct vault *v;

	if (setrlimit(RLIMIT_MEMLOCK, &none) != 0 || (geteuid() == 0 && setuid(65534) != 0))
		return 77;
	if (vault_new(&v, &r, &e) != OK || r.achieved != 0 || strstr(r.note, "LimitMEMLOCK") == NULL)
		return 1;
	v->count = 3;			/* it can be used all the same */
	return v->count == 3 ? 0 : 2;
}

/* A cheap cost: how dear a guess is, is not this room's matter. */
static void
seal_file(const char *file, enum keyfile_purpose purpose, const char *name, uint8_t seed, const char *pass)
{
	const struct seal_cost cost = { 1, SEAL_MEM_MIN };
	struct keyfile k = { .purpose = purpose };
	struct buf text = { 0 };

	memset(k.seed, seed, sizeof k.seed);
	snprintf(k.name, sizeof k.name, "%s", name);
	must(seal_make(&text, &k, pass, strlen(pass), &cost, &rng_system, &e), "seal_make", &e);
	write_file(in_folder(file), text.data, text.len, 0600);
	buf_free(&text);
}

static int
load_with(const char *pass)
{
	const struct frame_open o = { { folder, strlen(folder) }, { "", 0 }, { pass, strlen(pass) } };

	return vault_load(vault, PROCESS_SIGNER, &o, &e);
}

static void
test_sealed(void)
{
	seal_file("keys/log.key", KEYFILE_LOG, LOG_NAME, SEED_LOG, "open sesame");
	is(load_with(""), VAULT_SEALED, "a sealed key, no passphrase");
	ok(strstr(e.text, "log.key: is sealed") != NULL, "says which: %s", e.text);
	is(load_with("open barley"), VAULT_SEALED, "a wrong passphrase");
	is(vault->count, 0, "leaves nothing");
	is(load_with("open sesame"), OK, "the right one");
	is(vault->key[0].key.secret[0], SEED_LOG, "and the key is there, beside one that is not sealed");
	seal_file("keys/witness.key", KEYFILE_WITNESS, WITNESS_NAME, SEED_WITNESS, "another");
	is(load_with("open sesame"), VAULT_SEALED, "two passphrases in one folder");
	ok(strstr(e.text, "witness.key: ") != NULL, "says which file: %s", e.text);
	seal_file("keys/witness.key", KEYFILE_WITNESS, WITNESS_NAME, SEED_WITNESS, "open sesame");
	is(load_with("open sesame"), OK, "one");
	seal_file("keys/log.key", KEYFILE_TLS, LOG_NAME, SEED_LOG, "open sesame");
	is(load_with("open sesame"), ERR_INPUT, "a sealed key of another purpose");
}

static void
expect(int got, const char *name)
{
	if (got == 77)
		skip("this machine does not let the test arrange it", 1);
	else
		is(got, 0, name);
}

int
main(void)
{
	struct guard_report r = { 0 };

	make_folder();
	must(vault_new(&vault, &r, &e), "vault_new", &e);
	printf("# achieved %#x, note \"%s\"\n", r.achieved, r.note);
	test_good();
	test_files();
	test_owner();
	test_memory(&r);
	expect(apart(nothing_to_lock), "without the right to lock: a note says what to raise");
	test_sealed();
	secmem_free(vault);
	remove_folder();
	return tap_done();
}
