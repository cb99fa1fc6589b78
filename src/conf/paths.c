/* SPDX-License-Identifier: ISC */
#include "conf/paths.h"

const char path_conf[] = SYSCONFDIR "/salsa/salsa.conf";
const char path_aliases[] = "/etc/aliases";
const char path_spool[] = LOCALSTATEDIR "/spool/salsa";
const char path_socket[] = RUNSTATEDIR "/salsa/submit";
const char path_drop[] = LIBEXECDIR "/salsa/salsa-drop";
const char path_relay[] = LIBEXECDIR "/salsa/salsa-relay";
const char path_mailq[] = BINDIR "/mailq";
const char path_salsad[] = SBINDIR "/salsad";
const char path_sendmail[] = SBINDIR "/sendmail";
const char path_salsa[] = SBINDIR "/salsa";
const char salsa_version[] = VERSION;
const char salsa_user[] = SALSA_USER;
