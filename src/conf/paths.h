/* SPDX-License-Identifier: ISC
 *
 * conf/paths.h: where things are, as ./configure was told.
 */
#ifndef CONF_PATHS_H
#define CONF_PATHS_H

extern const char path_conf[];       /* SYSCONFDIR/salsa/salsa.conf */
extern const char path_aliases[];    /* /etc/aliases */
extern const char path_spool[];      /* LOCALSTATEDIR/spool/salsa */
extern const char path_socket[];     /* RUNSTATEDIR/salsa/submit */
extern const char path_drop[];       /* LIBEXECDIR/salsa/salsa-drop */
extern const char path_relay[];      /* LIBEXECDIR/salsa/salsa-relay */
extern const char path_mailq[];      /* BINDIR/mailq */
extern const char path_salsad[];     /* SBINDIR/salsad */
extern const char path_sendmail[];   /* SBINDIR/sendmail */
extern const char path_salsa[];      /* SBINDIR/salsa */
extern const char salsa_version[];
extern const char salsa_user[];      /* owns the spool; its group has the same name */

#endif
