/* SPDX-License-Identifier: ISC */
#include "relay/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "compat/filter.h"
#include "dns/resolver.h"
#include "relay/route.h"

/* Landlock as the kernel has it, whatever the headers say that this is built with: landlock(7), linux/landlock.h. */
enum { LANDLOCK_VERSION = 1 << 0, LANDLOCK_PATH = 1, LANDLOCK_PORT = 2 };   /* a flag, and kinds of rules */

enum {
	FILE_WRITE = 1 << 1, FILE_READ = 1 << 2, DIRECTORY_READ = 1 << 3, FILE_REMOVE = 1 << 5, FILE_MAKE = 1 << 8,
	FILE_TRUNCATE = 1 << 14, PORT_BIND = 1 << 0, PORT_CONNECT = 1 << 1, SCOPE_UNIX = 1 << 0, SCOPE_SIGNAL = 1 << 1,
	READ = FILE_READ | DIRECTORY_READ,
	OPINIONS = READ | FILE_WRITE | FILE_REMOVE | FILE_MAKE | FILE_TRUNCATE,
};

/* The rights that each version of it knows. */
static const struct version {
	uint64_t files, ports, scopes;
	size_t   size;   /* octets of the rights that it reads */
} versions[] = {
	{ 0x1FFF, 0, 0, 8 },
	{ 0x3FFF, 0, 0, 8 },
	{ 0x7FFF, 0, 0, 8 },
	{ 0x7FFF, PORT_BIND | PORT_CONNECT, 0, 16 },
	{ 0xFFFF, PORT_BIND | PORT_CONNECT, 0, 16 },
	{ 0xFFFF, PORT_BIND | PORT_CONNECT, SCOPE_UNIX | SCOPE_SIGNAL, 24 },
};

enum { VERSIONS = sizeof versions / sizeof *versions };

struct landlock {
	const struct version *knows;
	int                   rules;
	int                   error;   /* sticky */
};

static void
add_rule(struct landlock *l, int kind, const void *rule)
{
	if (syscall(SYS_landlock_add_rule, l->rules, kind, rule, 0) != 0 && l->error == 0)
		l->error = errno;
}

static void
allow_directory(struct landlock *l, int fd, uint64_t rights)
{
	const struct { uint64_t rights; int32_t fd; } __attribute__((packed)) rule = { rights & l->knows->files, fd };

	add_rule(l, LANDLOCK_PATH, &rule);
}

/* What is not there need not be allowed. */
static void
allow_reading(struct landlock *l, const char *path)
{
	int         fd = path != NULL ? open(path, O_PATH | O_CLOEXEC) : -1;
	struct stat st;

	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0)
		allow_directory(l, fd, S_ISDIR(st.st_mode) ? READ : FILE_READ);
	close(fd);
}

/* The directory that a file stands in: what replaces the file is read, too. */
static void
allow_directory_of(struct landlock *l, const char *path)
{
	char   directory[4096];
	char  *slash;

	if (realpath(path, directory) == NULL || (slash = strrchr(directory, '/')) == directory)
		return;
	*slash = '\0';
	allow_reading(l, directory);
}

/*
 * Fresh tokens and certificates are new files in the place of the old.  Of root's see allow_system().  In a private
 * instance's directory, which may be a home, there is more that its user may read, and a relay must not.
 */
static void
allow_configured_path(struct landlock *l, const struct conf *conf, const char *path)
{
	struct stat st;

	allow_reading(l, path);
	if (path != NULL && geteuid() != 0 && !conf->is_private && stat(path, &st) == 0 && S_ISREG(st.st_mode))
		allow_directory_of(l, path);
}

static void
allow_port(struct landlock *l, unsigned port)
{
	const struct { uint64_t rights, port; } rule = { PORT_CONNECT, port };

	if (l->knows->ports != 0)
		add_rule(l, LANDLOCK_PORT, &rule);
}

/*
 * What a worker reads: names, certificates and their OpenSSL's configuration, time zones for the log.  All of /etc,
 * for what replaces resolv.conf is a new file; but what root may read there (who sends with `deliver direct') is too
 * much for that.
 */
static void
allow_system(struct landlock *l)
{
	static const char *const paths[] = { "/etc/hosts", "/etc/host.conf", "/etc/nsswitch.conf", "/etc/resolv.conf",
	    "/etc/services", "/etc/localtime", "/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/etc/crypto-policies",
	    "/usr/lib/ssl", "/usr/local/share/ca-certificates", "/usr/share/ca-certificates", "/usr/share/pki",
	    "/usr/share/crypto-policies", "/usr/share/zoneinfo", "/var/lib/ca-certificates", "/dev/null", "/dev/urandom" };

	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		allow_reading(l, paths[i]);
	if (geteuid() != 0) {
		allow_reading(l, "/etc");
		allow_directory_of(l, "/etc/resolv.conf");
	}
}

static void
allow_configured(struct landlock *l, const struct conf *conf, const struct section *section, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (section[i].password_file != NULL && section[i].password_file[0] == '/')
			allow_configured_path(l, conf, section[i].password_file);
		allow_configured_path(l, conf, section[i].tls_ca);
		allow_configured_path(l, conf, section[i].tls_cert);
		allow_configured_path(l, conf, section[i].tls_key);
		allow_port(l, section[i].port);
	}
}

static void
allow_resolver(struct landlock *l, const char *named)
{
	struct resolver r;
	struct problem  ignored;

	allow_port(l, 53);
	if (resolver_open(&r, named, &ignored) != 0)
		return;
	for (size_t i = 0; i < r.nservers; i++)   /* its place is the same for both families */
		allow_port(l, ntohs(((struct sockaddr_in *)&r.server[i])->sin_port));
}

static int
landlock_problem(int error, struct problem *why)
{
	return problem_set(why, VERDICT_LATER, "4.3.5", "Landlock: %s", strerror(error));
}

static int
landlock_enter(const struct conf *conf, int state, struct problem *why)
{
	long            version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_VERSION);
	struct landlock l = { 0 };

	if (version < 1)
		return 0;
	l.knows = &versions[(version < VERSIONS ? version : VERSIONS) - 1];
	l.rules = (int)syscall(SYS_landlock_create_ruleset, l.knows, l.knows->size, 0);
	if (l.rules < 0)
		return landlock_problem(errno, why);
	if (state >= 0)
		allow_directory(&l, state, OPINIONS);
	allow_system(&l);
	allow_directory_of(&l, conf->file);
	allow_reading(&l, getenv("CREDENTIALS_DIRECTORY"));
	allow_port(&l, ROUTE_DISCOVERED_PORT);
	allow_configured(&l, conf, conf->relay, conf->nrelays);
	allow_configured(&l, conf, conf->discovered, conf->ndiscovered);
	allow_resolver(&l, conf->resolver);
	if (l.error == 0 && syscall(SYS_landlock_restrict_self, l.rules, 0) != 0)
		l.error = errno;
	close(l.rules);
	return l.error == 0 ? 0 : landlock_problem(l.error, why);
}

/* What no worker ever does. */
static const char *const deadly[] = {
	"execve", "execveat", "fork", "vfork", "clone", "clone3", "ptrace", "process_vm_readv", "process_vm_writev", "kill",
	"tkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_open", "pidfd_getfd", "pidfd_send_signal", "listen", "accept",
	"accept4", "socketpair", "mount", "umount2", "move_mount", "open_tree", "fsopen", "pivot_root", "chroot", "setns",
	"unshare", "bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "init_module", "finit_module", "delete_module",
	"kexec_load", "kexec_file_load", "add_key", "keyctl", "request_key", "setuid", "setgid", "setreuid", "setregid",
	"setresuid", "setresgid", "setgroups", NULL,
};

/* What glibc, OpenSSL, ldns and GNU SASL call on all that salsa is built for: hence the old and the new name of many. */
static const char *const allowed[] = {
	"read", "readv", "pread64", "write", "writev", "close", "close_range", "lseek", "_llseek", "dup", "dup2", "dup3",
	"openat", "open", "getdents64", "access", "faccessat", "faccessat2", "stat", "lstat", "fstat", "newfstatat", "stat64",
	"lstat64", "fstat64", "fstatat64", "statx", "statfs", "fstatfs", "readlink", "readlinkat", "getcwd", "rename",
	"renameat", "renameat2", "unlink", "unlinkat", "flock", "ftruncate", "fsync",
	"fdatasync",

	"poll", "ppoll", "ppoll_time64", "select", "_newselect", "pselect6", "connect", "send", "sendto", "sendmsg",
	"sendmmsg", "recv", "recvfrom", "recvmsg", "recvmmsg", "getsockopt", "setsockopt", "getsockname", "getpeername",
	"shutdown",

	"brk", "munmap", "mremap", "madvise", "mlock", "munlock", "futex", "futex_time64", "membarrier", "set_robust_list",
	"rseq", "sched_yield", "sched_getaffinity", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigreturn",
	"sigaltstack", "restart_syscall", "exit", "exit_group",

	"clock_gettime", "clock_gettime64", "clock_getres", "clock_nanosleep", "clock_nanosleep_time64", "nanosleep",
	"gettimeofday", "time", "times", "getpid", "getppid", "gettid", "getuid", "geteuid", "getgid", "getegid", "getuid32",
	"geteuid32", "getgid32", "getegid32", "uname", "sysinfo", "getrandom", "getrusage", "getrlimit", "ugetrlimit", NULL,
};

#define WHERE(number, bits, is) { .argument = (number), .mask = (bits), .value = (uint32_t)(is) }
#define ARGUMENT(number, is) { WHERE(number, 0xFFFFFFFF, is) }

enum { SOCKET_TYPE = 0xF };   /* without SOCK_CLOEXEC and SOCK_NONBLOCK */

/*
 * Of fcntl and ioctl nothing that could send a signal; bind is getifaddrs's, whose address is shorter than any other;
 * tgkill is abort's; and memory is never run that was written.
 */
static int
restrict_calls(struct problem *why)
{
	const struct filter_call tested[] = {
		{ "socket", ARGUMENT(0, AF_INET) }, { "socket", ARGUMENT(0, AF_INET6) }, { "socket", ARGUMENT(0, AF_NETLINK) },
		{ "socket", { WHERE(0, 0xFFFFFFFF, AF_UNIX), WHERE(1, SOCKET_TYPE, SOCK_DGRAM) } },
		{ "bind", ARGUMENT(2, sizeof(struct sockaddr_nl)) },
		{ "fcntl", ARGUMENT(1, F_GETFD) }, { "fcntl", ARGUMENT(1, F_SETFD) }, { "fcntl", ARGUMENT(1, F_GETFL) },
		{ "fcntl", ARGUMENT(1, F_SETFL) }, { "fcntl", ARGUMENT(1, F_DUPFD) }, { "fcntl", ARGUMENT(1, F_DUPFD_CLOEXEC) },
		{ "fcntl64", ARGUMENT(1, F_GETFD) }, { "fcntl64", ARGUMENT(1, F_SETFD) }, { "fcntl64", ARGUMENT(1, F_GETFL) },
		{ "fcntl64", ARGUMENT(1, F_SETFL) }, { "fcntl64", ARGUMENT(1, F_DUPFD_CLOEXEC) },
		{ "ioctl", ARGUMENT(1, TCGETS) }, { "ioctl", ARGUMENT(1, FIONREAD) }, { "ioctl", ARGUMENT(1, FIONBIO) },
		{ "ioctl", ARGUMENT(1, SIOCGIFNAME) }, { "ioctl", ARGUMENT(1, SIOCGIFINDEX) },
		{ "mmap", { WHERE(2, PROT_EXEC, 0) } }, { "mmap2", { WHERE(2, PROT_EXEC, 0) } },
		{ "mprotect", { WHERE(2, PROT_EXEC, 0) } },
		{ "prlimit64", ARGUMENT(0, 0) },
		{ "tgkill", ARGUMENT(0, getpid()) },
	};

	return filter_enter(&(struct filter){ allowed, deadly, tested, sizeof tested / sizeof *tested }, why);
}

int
sandbox_enter(const struct conf *conf, int state, struct problem *why)
{
	int result;

	tzset();   /* before files are out of reach */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return problem_set(why, VERDICT_LATER, "4.3.5", "no_new_privs: %s", strerror(errno));
	result = landlock_enter(conf, state, why);
	return restrict_calls(why) == 0 ? result : -1;
}
