# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# What a scenario may demand.  Nothing waits a fixed time: what is to happen is looked for until it has, with a deadline.

PATIENCE=${PATIENCE:-20}	# seconds

fail() {	# and say why: in the file $WHY, where there is one
	if [ -n "${WHY:-}" ]; then echo "$*" >"$WHY"; else echo "$*" >&2; fi
	exit 1
}

skip() {	# and say what is missing
	echo "$*" >"$WHY"
	exit 77
}

eventually() {	# COMMAND ...: until it succeeds
	local deadline=$((SECONDS + PATIENCE))

	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $deadline ] || return 1
		sleep 0.02
	done
}

expect() { "$@" || fail "not true: $*"; }
expect_soon() { eventually "$@" || fail "not true after $PATIENCE s: $*"; }
expect_same() { [ "$1" = "$2" ] || fail "expected '$2', but it is '$1'${3:+: $3}"; }

# expect_exit CODE COMMAND ...; what the command says is in $output afterwards.
expect_exit() {
	local want=$1 code=0
	shift
	output=$("$@" 2>&1) || code=$?
	[ $code = "$want" ] || fail "exit code $code instead of $want: $*: $output"
}

expect_said() { case $output in *"$1"*) ;; *) fail "expected '$1' in: $output" ;; esac; }

# within SECONDS COMMAND ...: the command is over in time.  A machine that stalls must not come near to that.
within() {
	local limit=$1 begin=$EPOCHREALTIME
	shift
	"$@" || return
	[ $((${EPOCHREALTIME/./} - ${begin/./})) -lt $((limit * 1000000)) ] || fail "took more than $limit s: $*"
}
