# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154,SC2016
# Libraries of languages.  What they write is quoted here as they are called by those who use them.

# shellcheck source=tests/callers/lib/callers.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/callers.sh"

# PHP 8 joins what it adds to a header with CRLF, and leaves the rest as it was given: -t -i, and the fifth argument.
php_mail_with_crlf_arrives_whole() {
	as_alice php -r 'mail("bob@example.net", "php crlf", str_replace("\n", "\r\n", getenv("LETTER")),
		"From: alice@example.org\r\nCc: carol@example.net\r\nBcc: mallory@example.net\r\nX-Last: one\r\n\ttwo") || exit(1);'
	expect_letter 'php crlf' alice@www1.example.com bob@example.net carol@example.net mallory@example.net
	expect_field 'Cc: carol@example.net'
	expect_field $'\ttwo'
	expect_body "$LETTER"
}

php_mail_with_lf_arrives_whole() {
	as_alice php -r 'mail("bob@example.net", "php lf", getenv("LETTER"),
		"From: alice@example.org\nCc: carol@example.net\nBcc: mallory@example.net\nX-Last: one") || exit(1);'
	expect_letter 'php lf' alice@www1.example.com bob@example.net carol@example.net mallory@example.net
	expect_field 'From: alice@example.org'
	expect_field 'X-Last: one'
	expect_body "$LETTER"
}

php_mail_says_who_sends_by_the_fifth_argument() {
	as_alice php -r 'mail("bob@example.net", "php f", "Hello.", ["From" => "alice@example.org"],
		"-fbounce@example.org") || exit(1);'
	expect_letter 'php f' bounce@example.org bob@example.net
	expect_field 'From: alice@example.org'
}

php_mail_without_from_gets_one() {
	as_alice php -r 'mail("bob@example.net", "php bare", "Hello.") || exit(1);'
	expect_letter 'php bare' alice@www1.example.com bob@example.net
	expect_field 'From: Alice Liddell <alice@www1.example.com>'
}

php_mail_hears_of_a_failure() {
	expect_exit 1 as_alice php -r 'mail("bob@exa mple..net", "php fails", "Hello.") || exit(1);'
	queue_is_empty || fail 'something was queued'
}

php_mail_in_utf8_with_an_attachment_arrives_whole() {
	head -c 20000 /dev/urandom >$LAB/attached
	as_alice php -r '
		mb_internal_encoding("UTF-8");
		$parts = "--cut\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
			. "gr\u{fc}\u{df}e\r\n--cut\r\nContent-Type: application/octet-stream\r\n"
			. "Content-Transfer-Encoding: base64\r\n\r\n" . chunk_split(base64_encode(file_get_contents("/run/lab/attached")))
			. "--cut--\r\n";
		mail("bob@example.net", mb_encode_mimeheader("php gr\u{fc}\u{df}e", "UTF-8", "Q"), $parts,
			"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=cut") || exit(1);'
	expect_letter 'php =?UTF-8?Q?gr=C3=BC=C3=9Fe?=' alice@www1.example.com bob@example.net
	expect_same "$(body_of "$arrival" | grep -ax 'gr.*e')" $'gr\303\274\303\237e'
	body_of "$arrival" | sed -n '/base64/,/--cut--/p' | sed '1,2d; $d' | base64 -d | cmp - $LAB/attached
}

given_symfony_sends() {	# TRANSPORT SUBJECT [OPTION OF PHP ...]
	local transport=$1 subject=$2
	shift 2
	as_alice php "$@" -r '
		require "/usr/share/php/Symfony/Component/Mailer/autoload.php";
		$transport = Symfony\Component\Mailer\Transport::fromDsn($argv[1]);
		(new Symfony\Component\Mailer\Mailer($transport))->send((new Symfony\Component\Mime\Email())
			->from("Alice <alice@example.org>")->to("bob@example.net")->cc("carol@example.net")
			->bcc("mallory@example.net")->subject($argv[2])
			->text(getenv("LETTER"), "utf-8"));' -- "$transport" "$subject"
}

then_symfonys_letter_is_whole() {	# SUBJECT
	expect_letter "$1" alice@example.org bob@example.net carol@example.net mallory@example.net
	expect_field 'From: Alice <alice@example.org>'
	expect_same "$(body_of "$arrival" | perl -MMIME::QuotedPrint -0777 -pe '$_ = decode_qp($_)')" "$LETTER"
}

symfony_speaks_smtp_by_bs() {
	given_symfony_sends sendmail://default 'symfony bs'
	then_symfonys_letter_is_whole 'symfony bs'
}

symfony_with_t_passes_arguments() {
	given_symfony_sends "sendmail://default?command=/usr/sbin/sendmail%20-oi%20-t" 'symfony t'
	then_symfonys_letter_is_whole 'symfony t'
}

symfony_native_takes_what_php_ini_says() {
	given_symfony_sends native://default 'symfony native' -d sendmail_path='/usr/sbin/sendmail -t -i'
	then_symfonys_letter_is_whole 'symfony native'
}

# CRLF in the header, both in the body, and Bcc left in for sendmail to remove.
nodemailer_bcc_stays_here() {
	as_alice node -e '
		require("/usr/share/nodejs/nodemailer").createTransport({ sendmail: true }).sendMail({
			from: "Alice <alice@example.org>", to: "bob@example.net", bcc: "mallory@example.net",
			subject: "nodemailer", text: process.env.LETTER
		}, (error) => { if (error) throw error; });'
	expect_letter nodemailer alice@example.org bob@example.net mallory@example.net
	expect_same "$(body_of "$arrival" | perl -MMIME::QuotedPrint -0777 -pe '$_ = decode_qp($_)')" "$LETTER"
}

nodemailer_hears_of_a_failure() {
	expect_exit 3 as_alice node -e '
		require("/usr/share/nodejs/nodemailer").createTransport({ sendmail: true, args: ["-f", "alice@example.org\n"] })
			.sendMail({ to: "bob@example.net", text: "Hello." }, (error) => process.exit(error ? 3 : 0));'
	queue_is_empty || fail 'something was queued'
}

ruby_mail_arrives_whole() {
	as_alice ruby -rmail -e '
		Mail.defaults { delivery_method :sendmail }
		Mail.deliver do
			from "alice@example.org"
			to ["bob@example.net", "carol@example.net"]
			bcc "mallory@example.net"
			subject "ruby"
			content_type "text/plain; charset=UTF-8"
			self.transport_encoding = "8bit"	# its own choice puts =0D at the end of each line
			body ENV["LETTER"]
		end'
	expect_letter ruby alice@example.org bob@example.net carol@example.net mallory@example.net
	expect_body "$LETTER"
}

email_sender_arrives_whole() {
	as_alice perl -MEmail::Sender::Simple=sendmail -MEmail::Simple -MEmail::Sender::Transport::Sendmail -e '
		my $message = Email::Simple->create(header => [From => q(alice@example.org), To => q(bob@example.net),
			Subject => q(email sender)], body => $ENV{LETTER});
		sendmail($message, { transport => Email::Sender::Transport::Sendmail->new,
			from => q(bounce@example.org), to => [qw(bob@example.net carol@example.net)] });'
	expect_letter 'email sender' bounce@example.org bob@example.net carol@example.net
	expect_body "$LETTER"
}

mime_lite_finds_it_in_usr_lib() {
	as_alice perl -MMIME::Lite -e '
		MIME::Lite->new(From => q(alice@example.org), To => q(bob@example.net), Bcc => q(mallory@example.net),
			Subject => q(mime lite), Type => q(text/plain; charset=utf-8), Encoding => q(8bit),
			Data => $ENV{LETTER})->send or exit 1;'
	expect_letter 'mime lite' alice@example.org bob@example.net mallory@example.net
	expect_body "$LETTER"
}

mail_mailer_without_i_arrives() {
	as_alice perl -MMail::Mailer -e '
		my $mailer = Mail::Mailer->new(q(sendmail));
		$mailer->open({ From => q(alice@example.org), To => q(bob@example.net), Bcc => q(mallory@example.net),
			Subject => q(mail mailer) });
		print $mailer $ARGV[0];
		$mailer->close or exit 1;' "$HARMLESS"
	expect_letter 'mail mailer' alice@www1.example.com bob@example.net mallory@example.net
	expect_body "$HARMLESS"
}
