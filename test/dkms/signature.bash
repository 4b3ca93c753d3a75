# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2317 # check calls the functions
#
# What dkms/check-signature says, on machines that are made of files: modules that are really signed,
# and the firmware's variables as the kernel shows them.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=test/vm/lib.sh
source "$top/test/vm/lib.sh"
PATH=$PATH:/usr/sbin:/sbin
for command in openssl modinfo gcc; do
	command -v "$command" > /dev/null || { echo "SKIP: there is no $command"; exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
version=$(< "$top/dkms/version")
readonly machine=$work/machine
readonly global=8be4df61-93ca-11d2-aa0d-00e098032b8c shim=605dab50-e046-4300-abb6-3dd810dd8b23
readonly database=d719b2cb-3d3a-4596-a3bc-dad00e67656f

# ---- a machine

# BYTE...: of decimal numbers
bytes() {
	local byte
	for byte; do
		# shellcheck disable=SC2059 # an escape made by printf for printf
		printf "\\x$(printf %x "$byte")"
	done
}

# VARIABLE [FILE...]: four bytes of attributes, then what FILEs or stdin have
variable() {
	local efivars=$machine/sys/firmware/efi/efivars
	mkdir -p "$efivars"
	{
		bytes 6 0 0 0
		cat "${@:2}"
	} > "$efivars/$1"
}

# KEY NAME: a key and its certificate, as dkms makes them
make_key() {
	openssl req -new -x509 -nodes -days 36500 -subj "/CN=$2/" -newkey rsa:2048 \
		-keyout "$1.key" -outform DER -out "$1.der" 2> /dev/null
}

make_module() {
	echo 'char name[] __attribute__((section(".modinfo"), used)) = "name=fsdev_dax";' |
		gcc -c -x c -o "$1" -
}

# MODULE KEY: as scripts/sign-file does, include/linux/module_signature.h has the form
sign_module() {
	local module=$1 key=$2 length
	openssl x509 -inform DER -in "$key.der" -out "$key.pem"
	openssl cms -sign -binary -noattr -nocerts -outform DER -md sha256 -signer "$key.pem" \
		-inkey "$key.key" -in "$module" -out "$work/signature"
	length=$(stat -c %s "$work/signature")
	{
		cat "$work/signature"
		bytes 0 0 2 0 0 0 0 0 $((length >> 24 & 255)) $((length >> 16 & 255)) \
			$((length >> 8 & 255)) $((length & 255))
		printf '~Module signature appended~\n'
	} >> "$module"
}

# [unsigned]: a machine without Secure Boot, and a module that dkms built
new_machine() {
	rm -rf "$machine"
	mkdir -p "$machine"/{etc/dkms,var/lib/dkms,module}
	cp "$work/signed.ko" "$machine/module/fsdev_dax.ko"
	[[ ${1:-} != unsigned ]] || cp "$work/unsigned.ko" "$machine/module/fsdev_dax.ko"
	cp "$work/mok.der" "$machine/var/lib/dkms/mok.pub"
}

secure_boot() {
	bytes "$1" | variable "SecureBoot-$global"
}

# ---- what it says

said() {
	"$top/dkms/check-signature" 7.3.4 "$machine/module" "$machine" > "$work/out" 2>&1 ||
		fail "exit status $?"
	cat "$work/out"
}

says() {
	local text
	said
	for text in "$@"; do
		grep -qF -- "$text" "$work/out" || fail "it does not say: $text"
	done
}

says_nothing() {
	said
	[[ ! -s $work/out ]] || fail "it says something"
}

# ---- tests

nothing_is_said_where_nobody_insists() {
	new_machine unsigned
	says_nothing
	secure_boot 0
	says_nothing
	mkdir -p "$machine"/sys/{kernel/security,module/module/parameters}
	echo N > "$machine/sys/module/module/parameters/sig_enforce"
	echo '[none] integrity confidentiality' > "$machine/sys/kernel/security/lockdown"
	says_nothing
}

a_key_that_is_not_enrolled_is_named() {
	new_machine
	secure_boot 1
	says "the kernel 7.3.4 will not load fsdev_dax" "Secure Boot is on" "is not enrolled" \
		"mokutil --import $machine/var/lib/dkms/mok.pub" "dkms remove daxfs/$version --all" \
		"hides the kernel's own"
}

an_enrolled_key_needs_no_words() {
	local list
	for list in "MokListRT-$shim" "MokListRT1-$shim" "db-$database"; do
		new_machine
		secure_boot 1
		variable "$list" "$work/other.der" "$work/mok.der"
		says_nothing
	done
	# where the kernel has the whole list when it does not fit into a variable
	new_machine
	secure_boot 1
	mkdir -p "$machine/sys/firmware/efi/mok-variables"
	cat "$work/other.der" "$work/mok.der" > "$machine/sys/firmware/efi/mok-variables/MokListRT"
	says_nothing
}

another_key_is_not_this_one() {
	new_machine
	secure_boot 1
	variable "MokListRT-$shim" "$work/other.der"
	says "is not enrolled"
}

a_key_that_waits_for_the_reboot_is_told() {
	new_machine
	secure_boot 1
	variable "MokListRT-$shim" "$work/other.der"
	variable "MokNew-$shim" "$work/mok.der"
	says "waits for it" "Enroll MOK"
	! grep -q "mokutil --import" "$work/out" || fail "it was imported before"
}

validation_that_is_off_is_no_secure_boot() {
	new_machine
	secure_boot 1
	bytes 1 | variable "MokSBStateRT-$shim"
	says_nothing
	bytes 0 | variable "MokSBStateRT-$shim"
	says "Secure Boot is on"
}

an_unsigned_module_has_to_be_signed_first() {
	new_machine unsigned
	secure_boot 1
	# enrolled or not
	variable "MokListRT-$shim" "$work/mok.der"
	says "dkms did not sign the module" "dkms unbuild daxfs/$version -k 7.3.4" \
		"dkms install daxfs/$version -k 7.3.4"
	! grep -q "mokutil --import" "$work/out" || fail "that alone does not help"
}

lockdown_and_sig_enforce_count_too() {
	new_machine
	mkdir -p "$machine"/sys/{kernel/security,module/module/parameters}
	echo 'none [integrity] confidentiality' > "$machine/sys/kernel/security/lockdown"
	says "The kernel is locked down" "is not enrolled"
	echo '[none] integrity confidentiality' > "$machine/sys/kernel/security/lockdown"
	echo Y > "$machine/sys/module/module/parameters/sig_enforce"
	says "module.sig_enforce is set" "is not enrolled"
}

the_key_is_the_configured_one() {
	new_machine
	secure_boot 1
	mv "$machine/var/lib/dkms/mok.pub" "$machine/etc/own.der"
	# shellcheck disable=SC2016 # dkms's variable
	echo 'mok_certificate=/etc/own-$kernelver.der' > "$machine/etc/dkms/framework.conf"
	says "/etc/own-7.3.4.der, cannot be read" "dkms remove"
	mkdir "$machine/etc/dkms/framework.conf.d"
	echo 'mok_certificate=/etc/own.der' > "$machine/etc/dkms/framework.conf.d/key.conf"
	says "mokutil --import $machine/etc/own.der"
	variable "MokListRT-$shim" "$work/mok.der"
	says_nothing
}

keys_and_modules() {
	make_key "$work/mok" "DKMS module signing key"
	make_key "$work/other" "another key"
	make_module "$work/unsigned.ko"
	cp "$work/unsigned.ko" "$work/signed.ko"
	sign_module "$work/signed.ko" "$work/mok"
	[[ -z $(modinfo -F signer "$work/unsigned.ko") ]]
	[[ $(modinfo -F signer "$work/signed.ko") == "DKMS module signing key" ]]
}

check modinfo_sees_who_signed_the_modules_of_this_test keys_and_modules
check nothing_is_said_where_nobody_insists
check a_key_that_is_not_enrolled_is_named
check an_enrolled_key_needs_no_words
check another_key_is_not_this_one
check a_key_that_waits_for_the_reboot_is_told
check validation_that_is_off_is_no_secure_boot
check an_unsigned_module_has_to_be_signed_first
check lockdown_and_sig_enforce_count_too
check the_key_is_the_configured_one
finish
