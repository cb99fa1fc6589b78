# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154
# Dovecot as the SASL server behind Postfix, for what Cyrus SASL does not do: SCRAM, and tokens, which are JWTs
# (RFC 7519) that it checks by their signature.

DOVECOT=$LAB/dovecot

dovecot_runs() {	# in this scenario
	! pidof dovecot >/dev/null || return 0
	mkdir -p $DOVECOT/keys/default/HS256
	chmod 755 $DOVECOT
	echo 'joe:{PLAIN}secret' >$DOVECOT/users
	echo -n "$(echo -n signature | base64)" >$DOVECOT/keys/default/HS256/default
	cat >$DOVECOT/tokens <<-CONF
	introspection_mode = local
	local_validation_key_dict = fs:posix:prefix=$DOVECOT/keys/
	username_attribute = sub
	CONF
	cat >$DOVECOT/conf <<-CONF
	base_dir = $DOVECOT/run
	state_dir = $DOVECOT/run
	log_path = $DOVECOT/log
	auth_verbose = yes
	auth_failure_delay = 0
	protocols =
	ssl = no
	auth_mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256 oauthbearer xoauth2
	passdb {
	  driver = oauth2
	  mechanisms = oauthbearer xoauth2
	  args = $DOVECOT/tokens
	}
	passdb {
	  driver = passwd-file
	  mechanisms = plain login cram-md5 scram-sha-1 scram-sha-256
	  args = $DOVECOT/users
	}
	service anvil {
	  unix_listener anvil-auth-penalty {
	    mode = 0
	  }
	}
	service auth {
	  unix_listener $DOVECOT/client {
	    mode = 0666
	  }
	}
	CONF
	dovecot -c $DOVECOT/conf
	eventually [ -S $DOVECOT/client ]
}

base64url() { base64 -w0 | tr '+/' '-_' | tr -d =; }

# A token for joe that was made SECONDS from now and is good for a minute; with more in it, a longer one.
token() {	# SECONDS [MORE]
	local now words
	now=$(($(date +%s) + $1))
	words=$(printf '{"alg":"HS256","typ":"JWT"}' | base64url).$(
		printf '{"sub":"joe","iat":%d,"exp":%d,"more":"%s"}' $now $((now + 60)) "${2:-}" | base64url)
	echo "$words.$(echo -n "$words" | openssl dgst -sha256 -hmac signature -binary | base64url)"
}
