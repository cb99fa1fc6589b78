/* SPDX-License-Identifier: ISC
 *
 * runner/select.h: which messages a run is for: what sendmail -qI, -qR and -qS say, as it stands in a "run" packet
 * (ipc/packet.h).
 */
#ifndef RUNNER_SELECT_H
#define RUNNER_SELECT_H

#include "entry/entry.h"

/*
 * Whether terms, with tabs between, select an entry that is complete with its ID at the time now:
 *
 *     ITEXT    its ID contains TEXT
 *     RTEXT    a recipient that still waits does
 *     STEXT    its sender does
 *     D        it is due, as the file has it
 *
 * and with "!" in front the opposite.  Of several terms with one letter one must hold, and that for each letter; the
 * case of letters does not matter.  No terms select everything.
 */
bool select_covers(struct slice terms, const struct entry *, time_t now);

#endif
