# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# Who reads what is printed about the queue.

# shellcheck source=tests/callers/lib/callers.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/callers.sh"

given_a_queue_of_three() {
	for subject in one two three; do mail_to bob@example.net -odq; done
}

given_check_mailq_is_run() { as nobody /usr/lib/nagios/plugins/check_mailq "$@"; }

check_mailq_counts_as_it_counts_postfixs() {
	expect_exit 0 given_check_mailq_is_run -M postfix -w 2 -c 5
	expect_said 'OK: postfix mailq reports queue is empty'
	given_a_queue_of_three
	expect_exit 0 given_check_mailq_is_run -M postfix -w 4 -c 5
	expect_said 'OK: postfix mailq (3) is below threshold (4/5)'
	expect_exit 1 given_check_mailq_is_run -M postfix -w 2 -c 5
	expect_said 'WARNING: postfix mailq is 3'
	expect_exit 2 given_check_mailq_is_run -M postfix -w 1 -c 2
	expect_said 'CRITICAL: postfix mailq is 3'
}

# Its way of reading Sendmail's list knows no other, and finds Postfix's empty whatever is in it: hence mailq(1).
check_mailq_takes_an_empty_queue_for_sendmails() {
	expect_exit 0 given_check_mailq_is_run -M sendmail -w 2 -c 5
	expect_said 'OK: sendmail mailq is empty'
}
