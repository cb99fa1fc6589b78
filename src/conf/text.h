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

/*
 * The same for a file that says what is to be done, and that none but root and owner may write.  Returns what is wrong
 * in a few words, errno ENOENT when there is no such file; NULL when it can be obeyed.
 */
const char *text_read_trusted(const char *path, struct buf *content, uid_t owner);

#endif
