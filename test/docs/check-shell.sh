#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# check-shell.sh SHELL DAXFSCTL COMPLETION: what a real bash, zsh or fish makes of the beginning of each
# command, of each option of each command, of devices, regions, modes, columns and files.

set -euo pipefail
export LC_ALL=C
shell=$1 program=$(realpath "$2") completion=$(realpath "$3")
here=$(cd "$(dirname "$0")" && pwd)

command -v "$shell" > /dev/null || { echo "$shell is not installed"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A machine with three devices; the completion has no way to pass --sysroot, a wrapper has.
mkdir -p "$work"/sys/bus/dax/devices/dax{0.0,1.0,1.17} "$work/bin" "$work/functions" "$work/a-directory"
cat > "$work/bin/daxfsctl" <<END
#!/bin/sh
exec "$program" --sysroot "$work" "\$@"
END
chmod +x "$work/bin/daxfsctl"
PATH=$work/bin:$PATH
cd "$work"

commands() {
	daxfsctl help | sed -nE '/^Commands:/,/^$/s/^  ([a-z-]+) .*/\1/p'
}

# [COMMAND]: its long options
options() {
	daxfsctl help "$@" | sed -nE 's/^  (-[A-Za-z],|   ) (--[a-z-]+)( .*|)$/\2/p'
}

# PREFIX: of each word on stdin, PREFIX and the shortest beginning that no other word has, a tab, and
# PREFIX and the word
beginnings() {
	sort -u | awk -v prefix="$1" '
		{ words[++n] = $0 }
		END {
			for (i = 1; i <= n; i++) {
				for (length_ = 1; length_ < length(words[i]); length_++) {
					others = 0
					for (k = 1; k <= n; k++)
						others += k != i && index(words[k], substr(words[i], 1, length_)) == 1
					if (!others)
						break
				}
				print prefix substr(words[i], 1, length_) "\t" prefix words[i]
			}
		}'
}

# TYPED EXPECTED
line() {
	printf 'daxfsctl %s\tdaxfsctl %s\n' "$1" "$2"
}

typed_lines() {
	local command
	commands | beginnings 'daxfsctl '
	options | beginnings 'daxfsctl '
	options > global
	options list | beginnings 'daxfsctl list '
	# the global ones once more for each would take long
	for command in $(commands); do
		[[ $command == list ]] || options "$command" | beginnings "daxfsctl $command " |
			awk 'NR == FNR { global[$1]; next } !($NF in global)' global -
	done
	for command in list reconfigure-device disable-device enable-device destroy-device check-device \
		online-memory offline-memory recover apply run inject-error clear-error wait-device; do
		line "$command dax0" "$command dax0.0"
		line "$command al" "$command all"
	done
	printf '%s\n' devdax famfs system-ram | beginnings 'daxfsctl create-device -m '
	printf '%s\n' devdax famfs system-ram | beginnings 'daxfsctl wait-device --mode '
	line 'reconfigure-device --mode=fa' 'reconfigure-device --mode=famfs'
	line 'reconfigure-device -m famfs dax1.1' 'reconfigure-device -m famfs dax1.17'
	line 'create-device -r al' 'create-device -r all'
	line 'list -o RES' 'list -o RESOURCE'
	line 'list --kind cx' 'list --kind cxl'
	line 'run --restore on' 'run --restore on-failure'
	line 'config sh' 'config show'
	line 'help doc' 'help doctor'
	line 'dump -o a-dir' 'dump -o a-directory/'
	line '--sysroot a-dir' '--sysroot a-directory/'
}

typed_lines > lines
case $shell in
bash)
	python3 "$here/type-words.py" bash "source '$completion'" < lines
	;;
zsh)
	cp "$completion" functions/_daxfsctl
	python3 "$here/type-words.py" zsh \
		"fpath=('$work/functions' \$fpath); autoload -Uz compinit; compinit -D -u" < lines
	;;
fish)
	# it completes without a terminal: the word, a tab, what it means
	# shellcheck disable=SC2016 # fish expands it
	HOME=$work fish --no-config -c 'source $argv[1]
		while read -d \t typed expected
			set offered (complete -C $typed | string replace -r "\t.*" "" | string replace -r "=\$" "")
			set wanted (string split " " -- $expected)[-1]
			contains -- $wanted $offered || echo "$typed: $offered, expected $wanted"
		end < lines' "$completion" > failed
	cat failed
	echo "$(wc -l < lines) lines completed by fish, $(wc -l < failed) not as expected"
	[[ ! -s failed ]]
	;;
esac
