# SPDX-License-Identifier: GPL-2.0-only
# From the lines of counts and lab, slurped: an array of rows, each with its target and whether it is met.

def least($who; $what; $tree; $measure):
	[.[] | select(.who == $who and .what == $what and .tree == $tree and .measure == $measure) |
		.value] | min;

def per_device($all; $who; $what):
	($all | least($who; $what; "1x1000"; "calls")) as $n |
	($all | least($who; "list"; "1x0"; "calls")) as $none |
	if $n and $none then ($n - $none) / 1000 else null end;

def quotient($all; $who; $a; $b; $m):
	($all | least($who; "list"; $a; $m)) as $n | ($all | least($who; "list"; $b; $m)) as $d |
	if $n and $d then $n / $d else null end;

. as $all |
def plain($measure; $what; $tree; $m; $target; met):
	{ measure: $measure, 
	  daxctl: ($all | least("daxctl"; $what; $tree; $m)),
	  bound: ($all | least("bound"; $what; $tree; $m)),
	  ours: ($all | least("ours"; $what; $tree; $m)), target: $target } |
	.ratio = (if .daxctl and .ours and .ours != 0 then .daxctl / .ours else null end) |
	.met = (if .ours == null then null else met end);
def calls_per_device($measure; $what; $limit):
	{ measure: $measure, 
	  daxctl: per_device($all; "daxctl"; $what), bound: per_device($all; "bound"; $what),
	  ours: per_device($all; "ours"; $what), target: "<= \($limit)" } |
	.ratio = (if .daxctl and .ours then .daxctl / .ours else null end) |
	.met = (if .ours == null then null else .ours <= $limit end);
def growth($measure; $a; $b; $m; $limit):
	{ measure: $measure, 
	  daxctl: quotient($all; "daxctl"; $a; $b; $m), bound: quotient($all; "bound"; $a; $b; $m),
	  ours: quotient($all; "ours"; $a; $b; $m), target: "<= \($limit)", ratio: null } |
	.met = (if .ours == null then null else .ours <= $limit end);
[
	plain("start (version): instructions"; "version"; "1x0"; "instructions"; "<= 400000"; .ours <= 400000),
	plain("start (version): system calls"; "version"; "1x0"; "calls"; "<= 60"; .ours <= 60),
	calls_per_device("list, system calls per device"; "list"; 8),
	calls_per_device("full list (-R -D -M), system calls per device"; "full"; 18),
	plain("list of 1,000: instructions"; "list"; "1x1000"; "instructions"; ">= 12 x"; .ratio >= 12),
	plain("list of 1,000 in as many regions: instructions"; "list"; "1000x1"; "instructions"; ">= 12 x"; .ratio >= 12),
	plain("list of 10,000: instructions"; "list"; "1x10000"; "instructions"; ">= 25 x"; .ratio >= 25),
	plain("list of 10,000 in as many regions: instructions"; "list"; "10000x1"; "instructions"; ">= 25 x";
		if .ratio == null then null else .ratio >= 25 end),
	growth("growth 1,000 to 10,000: instructions"; "1x10000"; "1x1000"; "instructions"; 10.5),
	growth("growth 1,000 to 10,000: system calls"; "1x10000"; "1x1000"; "calls"; 10.1),
	growth("the same in as many regions: instructions"; "10000x1"; "1000x1"; "instructions"; 10.5),
	growth("the same in as many regions: system calls"; "10000x1"; "1000x1"; "calls"; 10.1),
	plain("one device of 1 by name: system calls"; "one"; "1x1"; "calls"; "<= 80"; .ours <= 80),
	plain("one device of 10,000 by name: system calls"; "one"; "1x10000"; "calls"; "<= 80, as of 1";
		.ours <= 80 and .ours == ($all | least("ours"; "one"; "1x1"; "calls"))),
	plain("system-ram, 100 devices of 8 blocks: system calls"; "memory"; "1x100x8"; "calls"; "<= 7500"; .ours <= 7500),
	plain("system-ram, 1 device of 2,048 blocks: system calls"; "memory"; "1x1x2048"; "calls"; ""; null),
	plain("list of 10,000: KiB of memory"; "list"; "1x10000"; "peak"; "<= 6144"; .ours <= 6144),
	plain("list of 10,000 in as many regions: KiB of memory"; "list"; "10000x1"; "peak"; "<= 6144"; .ours <= 6144),
	plain("list of 10,000 as a user: microseconds"; "list-as-user"; "1x10000"; "elapsed"; ">= 50 x"; .ratio >= 50),
	plain("a switch that changes nothing: files of /sys written"; "same"; "1x1"; "sysfs_writes"; "0"; .ours == 0),
	plain("list of 1,000, whole instructions"; "list"; "lab-1000"; "instructions"; ""; null),
	plain("one device of 1,000 by name, whole instructions"; "one"; "lab-1000"; "instructions"; ""; null),
	plain("disable one of 1,000, whole instructions"; "disable"; "lab-1000"; "instructions"; "<= 4000000"; .ours <= 4000000),
	plain("enable one of 1,000, whole instructions"; "enable"; "lab-1000"; "instructions"; "<= 4000000"; .ours <= 4000000),
	plain("one of 1,000 to famfs, whole instructions"; "to-famfs"; "lab-1000"; "instructions"; "<= 4000000"; .ours <= 4000000),
	plain("one of 1,000 to devdax, whole instructions"; "to-devdax"; "lab-1000"; "instructions"; "<= 4000000"; .ours <= 4000000),
	plain("disable 128 devices: microseconds"; "disable-all"; "lab-128"; "seconds"; ">= 10 x"; .ratio >= 10),
	plain("enable 128 devices: microseconds"; "enable-all"; "lab-128"; "seconds"; ">= 10 x"; .ratio >= 10)
]
