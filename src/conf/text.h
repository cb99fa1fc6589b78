/* SPDX-License-Identifier: ISC
 *
 * conf/text.h: small text files, read whole.
 */
#ifndef CONF_TEXT_H
#define CONF_TEXT_H

#include <sys/stat.h>

#include "base/buf.h"

/*
 * Adds what the regular file at path holds to content and fills in *st from the descriptor that was read.  Returns -1
 * with errno: EINVAL when it is no regular file, EFBIG when it does not fit under content's cap.  Never waits.
 */
int text_read(const char *path, struct buf *content, struct stat *st);

/* Why a file is not to be obeyed, in a few words: others than root and owner can write it.  NULL: it is. */
const char *text_distrust(const struct stat *, uid_t owner);

#endif
