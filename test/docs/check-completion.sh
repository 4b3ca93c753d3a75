#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# check-completion.sh DAXFSCTL COMPLETION: what bash would offer after some words.

set -u
export LC_ALL=C
program=$1
# shellcheck source=contrib/bash-completion/daxfsctl
source "$2"
failed=0
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

# A machine with two devices; the completion has no way to pass --sysroot, a wrapper has.
mkdir -p "$tree"/sys/bus/dax/devices/dax{0.0,1.0}
echo 4096 | tee "$tree"/sys/bus/dax/devices/dax{0.0,1.0}/size > /dev/null
cat > "$tree/daxfsctl" <<END
#!/bin/sh
exec "$program" --sysroot "$tree" "\$@"
END
chmod +x "$tree/daxfsctl"

# EXPECTED WORD...: the last word is completed
offers() {
	local expected=$1 offered
	shift
	COMP_WORDS=(daxfsctl "$@")
	COMP_CWORD=$#
	COMPREPLY=()
	_daxfsctl "$tree/daxfsctl" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
	offered=${COMPREPLY[*]}
	[[ $offered == "$expected" ]] && return
	echo "daxfsctl $*: '$offered' offered, '$expected' expected"
	failed=1
}

offers "list" li
offers "list reconfigure-device disable-device enable-device create-device destroy-device online-memory offline-memory run recover apply config check-device inject-error clear-error doctor dump metrics monitor wait-device version help" ''
offers "--json" --js
offers "list" --json li
offers "list" --lock-timeout 5 li
offers "version" help vers
offers "dax0.0" list dax0
offers "dax0.0 dax1.0" reconfigure-device -m famfs dax
offers "all" reconfigure-device al
offers "--dry-run" reconfigure-device --dr
offers "--dry-run" reconfigure-device dax0.0 --dr
offers "--shrink" reconfigure-device --sh
offers "famfs" reconfigure-device -m fa
offers "famfs" enable-device -m fa
offers "dax0.0 dax1.0" disable-device -f dax
offers "--wait" disable-device --wa
offers "--wait" offline-memory --wa
offers "--force" destroy-device --fo
offers "famfs" create-device -m fa
offers "--size" create-device --si
offers "dax1.0" destroy-device dax1
offers "dax0.0 dax1.0" online-memory --no-movable dax
offers "famfs" reconfigure-device --mode fa
offers "famfs" reconfigure-device --mode = fa
offers "devdax famfs system-ram" reconfigure-device --mode =
offers "hmem" list --kind h
offers "RESOURCE" list -o RES
offers "dax1.0" list -d dax1
offers "" list --size
offers "always on-failure never" run --restore = ''
offers "--report" run -m famfs dax0.0 --repo
offers "dax1.0" run -m famfs dax1
offers "test show" config ''
offers "dax0.0 dax1.0" apply dax
offers "famfs" wait-device -m fa
offers "--timeout" wait-device --ti
offers "dax0.0 dax1.0" wait-device dax
offers "" monitor ''
offers "--output" dump --ou
offers "--output" metrics --ou
offers "" version ''
exit "$failed"
