// SPDX-License-Identifier: GPL-2.0-only
/* What is said of kernels: by their version, by traces, by the driver itself. */
#include "unit.h"

#include <string.h>

#include "doctor.h"
#include "tree.h"

/* The answer to fix @id: 'y', 'n', '?' when not known, '-' when it does not apply. */
static char answer(const struct machine_facts *machine, const char *id)
{
	struct daxfs_fix fix;

	for (size_t i = 0; doctor_get_fix(machine, i, &fix); i++) {
		if (strcmp(fix.id, id) != 0)
			continue;
		assert_true(!fix.is_known == !fix.evidence);
		return !fix.is_known ? '?' : fix.has_it ? 'y' : 'n';
	}
	return '-';
}

static struct machine_facts machine_of(const char *release, enum driver_origin origin)
{
	struct machine_facts machine = { .origin = origin };

	snprintf(machine.release, sizeof(machine.release), "%s", release);
	machine.has_version = doctor_parse_release(release, &machine.version) == 0;
	assert_true(machine.has_version);
	return machine;
}

/* The table of what was looked at, row by row. */
static void versions_have_the_fixes_that_they_have(void **state)
{
	static const struct {
		const char *release;
		enum driver_origin origin;
		const char *answers; /* failure-offset, pins, holder-once, holder-order, final-wait */
	} rows[] = {
		{ "6.1.0-43-cloud-amd64", ORIGIN_NONE, "--ynn" },
		{ "6.12.107+deb13-cloud-amd64", ORIGIN_NONE, "--nnn" },
		{ "6.19.3", ORIGIN_NONE, "--nny" },
		{ "7.0.1", ORIGIN_NONE, "--nny" },
		{ "7.1.13+deb13-cloud-amd64", ORIGIN_IN_TREE, "nnnny" },
		{ "7.2.6", ORIGIN_IN_TREE, "ynyyy" },
		{ "7.2.12+deb13-cloud-amd64", ORIGIN_IN_TREE, "ynyyy" },
		{ "7.3.4+deb13-cloud-amd64", ORIGIN_IN_TREE, "ynyyy" },
		/* not looked at */
		{ "7.2.1", ORIGIN_IN_TREE, "?n??y" },
		{ "7.4.0-rc1", ORIGIN_IN_TREE, "y?yyy" },
		{ "6.6.50", ORIGIN_NONE, "--???" },
		{ "8.0", ORIGIN_UNKNOWN, "??yyy" },
	};
	static const char *const ids[] = { "failure-offset", "pins", "holder-once", "holder-order",
					   "final-wait" };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct machine_facts machine = machine_of(rows[i].release, rows[i].origin);

		for (size_t k = 0; k < ARRAY_SIZE(ids); k++)
			if (answer(&machine, ids[k]) != rows[i].answers[k])
				fail_msg("%s: %s is %c, not %c", rows[i].release, ids[k],
					 answer(&machine, ids[k]), rows[i].answers[k]);
	}
}

static void a_trace_is_better_than_a_version(void **state)
{
	struct machine_facts machine = machine_of("7.1.13", ORIGIN_IN_TREE);

	machine.driver_evidence = "a trace";
	machine.clears_pgmap_ops = machine.checks_map_start = ANSWER_YES;
	assert_int_equal(answer(&machine, "failure-offset"), 'y');
	assert_int_equal(answer(&machine, "clear-ops"), 'y');
	/* of what leaves none, the version decides */
	assert_int_equal(answer(&machine, "pins"), 'n');
	machine = machine_of("7.2.12", ORIGIN_IN_TREE);
	machine.driver_evidence = "a trace";
	machine.clears_pgmap_ops = ANSWER_NO;
	assert_int_equal(answer(&machine, "clear-ops"), 'n');
	assert_int_equal(answer(&machine, "failure-offset"), 'n');
	machine.has_break_final = ANSWER_NO;
	assert_int_equal(answer(&machine, "final-wait"), 'n');
}

static void the_drivers_own_word_counts(void **state)
{
	struct machine_facts machine = machine_of("7.1.13", ORIGIN_DKMS);

	machine.info.fixes = (char *)"ranges data-offset pins stale-pgmap";
	assert_int_equal(answer(&machine, "failure-offset"), 'y');
	assert_int_equal(answer(&machine, "pins"), 'y');
	assert_int_equal(answer(&machine, "driver-aliasing"), 'n');
	assert_int_equal(answer(&machine, "holder-once"), 'n');
	machine.info.fixes = NULL;
	assert_int_equal(answer(&machine, "pins"), '?');
}

static void releases_are_read(void **state)
{
	static const char *const bad[] = {
		"", "7", "7.", "x.1", "7.x", "7.1.", "99999999.1", "-7.1"
	};
	struct kernel_version version = { .major = UNTOUCHED };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(doctor_parse_release(bad[i], &version), -EINVAL);
	assert_int_equal(version.major, UNTOUCHED);
	assert_int_equal(doctor_parse_release("7.2.12+deb14-cloud-amd64", &version), 0);
	assert_int_equal(version.major, 7);
	assert_int_equal(version.minor, 2);
	assert_int_equal(version.patch, 12);
	assert_int_equal(doctor_parse_release("7.4-rc3", &version), 0);
	assert_int_equal(version.minor, 4);
	assert_int_equal(version.patch, 0);
}

/* Findings */

/* Their ids, joined by blanks. */
static void expect(const struct machine_facts *machine, const char *ids)
{
	struct findings findings = {};
	char found[256] = "";

	doctor_run(machine, &findings);
	for (size_t i = 0; i < findings.n; i++)
		snprintf(found + strlen(found), sizeof(found) - strlen(found), "%s%s", i ? " " : "",
			 findings.list[i]->id);
	assert_string_equal(found, ids);
	findings_done(&findings);
}

static void a_sound_machine_has_no_findings(void **state)
{
	struct machine_facts machine = machine_of("7.3.4", ORIGIN_DKMS);

	machine.info.fixes = (char *)"ranges data-offset pins stale-pgmap late-publish ops-order "
				     "vmemmap-shift aliasing";
	machine.policy = POLICY_OFFLINE;
	machine.debugfs = machine.tracefs = ANSWER_YES;
	expect(&machine, "");
}

static void defects_are_an_error_where_offsets_are_wrong(void **state)
{
	struct machine_facts machine = machine_of("7.1.13", ORIGIN_IN_TREE);
	struct findings findings = {};

	doctor_run(&machine, &findings);
	assert_string_equal(findings.list[0]->id, "driver-defects");
	assert_int_equal(findings.list[0]->severity, DAXFS_SEVERITY_ERROR);
	findings_done(&findings);
	machine = machine_of("7.2.12", ORIGIN_IN_TREE);
	doctor_run(&machine, &findings);
	assert_string_equal(findings.list[0]->id, "driver-defects");
	assert_int_equal(findings.list[0]->severity, DAXFS_SEVERITY_WARNING);
	assert_string_equal(findings.list[0]->values[0].text,
			    "pins mapping-write metadata-failure stale-page-map driver-aliasing");
	findings_done(&findings);
}

static void what_hides_a_driver_is_an_error(void **state)
{
	struct machine_facts machine = machine_of("7.3.4", ORIGIN_DKMS);

	machine.info.fixes = (char *)"ranges data-offset pins stale-pgmap late-publish ops-order "
				     "vmemmap-shift aliasing";
	machine.info.path = (char *)"/lib/modules/7.3.4/updates/dkms/fsdev_dax.ko";
	expect(&machine, "");
	machine.wants_signatures = true;
	expect(&machine, "module-unsigned");
	machine.info.is_signed = true;
	expect(&machine, "");
	machine.is_loaded = true;
	strcpy(machine.loaded_srcversion, "A");
	machine.info.srcversion = (char *)"B";
	expect(&machine, "driver-other");
}

static void a_package_that_is_not_built_is_told(void **state)
{
	struct machine_facts machine = machine_of("7.3.4", ORIGIN_NONE);

	machine.has_dkms_source = machine.has_dax_bus = true;
	expect(&machine, "no-driver dkms-not-built");
	/* there it cannot be built */
	machine = machine_of("6.12.107", ORIGIN_NONE);
	machine.has_dkms_source = machine.has_dax_bus = true;
	expect(&machine, "no-driver core-defects");
	machine.has_dax_bus = false;
	expect(&machine, "core-defects");
}

static void devices_are_told_with_their_names(void **state)
{
	struct patient patients[] = {
		{ .name = "dax0.0", .is_stranded = true },
		{ .name = "dax1.1", .has_left_page_map = true, .journal = "stale" },
	};
	struct machine_facts machine = machine_of("7.3.4", ORIGIN_UNKNOWN);
	struct findings findings = {};

	machine.origin = ORIGIN_NONE;
	machine.patients = patients;
	machine.n_patients = 2;
	doctor_run(&machine, &findings);
	assert_int_equal(findings.n, 3);
	assert_string_equal(findings.list[0]->id, "stranded");
	assert_string_equal(findings.list[0]->device, "dax0.0");
	assert_string_equal(findings.list[1]->id, "left-page-map");
	assert_string_equal(findings.list[2]->id, "journal");
	assert_string_equal(findings.list[2]->device, "dax1.1");
	findings_done(&findings);
}

/* Text of others' making */

static void expect_rule(const char *text, bool has_unit, unsigned int expected)
{
	_cleanup_fclose_ FILE *file = fmemopen((void *)text, strlen(text), "r");
	unsigned int line = UNTOUCHED;

	assert_non_null(file);
	assert_int_equal(doctor_find_daxctl_rule(file, has_unit, &line), expected ? 0 : -ENOENT);
	assert_int_equal(line, expected ? expected : UNTOUCHED);
}

static void rules_that_start_nothing_are_found(void **state)
{
	expect_rule("ACTION==\"add\", \\\n  RUN+=\"/usr/bin/daxctl -C $env{DEVNAME}\"\n", true, 2);
	expect_rule("ENV{SYSTEMD_WANTS}=\"daxdev-reconfigure@%k.service\"\n", false, 1);
	expect_rule("ENV{SYSTEMD_WANTS}=\"daxdev-reconfigure@%k.service\"\n", true, 0);
	expect_rule("# RUN+=\"daxctl -C\"\n", false, 0);
	expect_rule("\n", false, 0);
}

static void write_symbols(struct tree *tree, struct daxfs_ctx *ctx)
{
	char *path;

	tree_write(tree, "proc/kallsyms",
		   "0000000000000000 T dax_set_ops\n"
		   "0000000000000000 t not_dax_break_layout_final\n"
		   "0000000000000000 T dax_break_layout_final\n"
		   "0000000000000000 t fsdev_kill\t[fsdev_dax]\n"
		   "0000000000000000 t fsdev_clear_pgmap_ops\t[other]\n");
	path = tree_path(tree, "proc");
	assert_int_equal(daxfs_ctx_set_proc_root(ctx, path), 0);
	free(path);
}

static void symbols_are_found_whole_and_where_they_belong(void **state)
{
	_cleanup_(daxfs_ctx_unrefp) struct daxfs_ctx *ctx = NULL;
	struct tree *tree = tree_new();
	enum answer answer = ANSWER_UNKNOWN;

	assert_int_equal(daxfs_ctx_new(&ctx), 0);
	write_symbols(tree, ctx);
	assert_int_equal(evidence_symbol(ctx, "dax_break_layout_final", NULL, &answer), 0);
	assert_int_equal(answer, ANSWER_YES);
	assert_int_equal(evidence_symbol(ctx, "dax_break_layout", NULL, &answer), 0);
	assert_int_equal(answer, ANSWER_NO);
	assert_int_equal(evidence_symbol(ctx, "fsdev_kill", "fsdev_dax", &answer), 0);
	assert_int_equal(answer, ANSWER_YES);
	assert_int_equal(evidence_symbol(ctx, "fsdev_kill", NULL, &answer), 0);
	assert_int_equal(answer, ANSWER_NO);
	assert_int_equal(evidence_symbol(ctx, "fsdev_clear_pgmap_ops", "fsdev_dax", &answer), 0);
	assert_int_equal(answer, ANSWER_NO);
	/* an empty file says nothing */
	tree_write(tree, "proc/kallsyms", "");
	assert_int_equal(evidence_symbol(ctx, "fsdev_kill", NULL, &answer), 0);
	assert_int_equal(answer, ANSWER_UNKNOWN);
	tree_remove(tree);
}

/* xz of "\x7fELF exceeds data start", as a module of Debian's is packed */
static const uint8_t packed[] = {
	0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x01, 0x69, 0x22, 0xde, 0x36, 0x02,
	0x00, 0x21, 0x01, 0x16, 0x00, 0x00, 0x00, 0x74, 0x2f, 0xe5, 0xa3, 0x01, 0x00,
	0x16, 0x7f, 0x45, 0x4c, 0x46, 0x20, 0x65, 0x78, 0x63, 0x65, 0x65, 0x64, 0x73,
	0x20, 0x64, 0x61, 0x74, 0x61, 0x20, 0x73, 0x74, 0x61, 0x72, 0x74, 0x00, 0x00,
	0xae, 0x9a, 0x6e, 0xec, 0x00, 0x01, 0x2b, 0x17, 0x85, 0xcd, 0x25, 0xd5, 0x90,
	0x42, 0x99, 0x0d, 0x01, 0x00, 0x00, 0x00, 0x00, 0x01, 0x59, 0x5a,
};

static void files_are_looked_into(void **state)
{
	static const char *const texts[] = { "exceeds data start", "fsdev_clear_pgmap_ops" };
	_cleanup_(daxfs_ctx_unrefp) struct daxfs_ctx *ctx = NULL;
	_cleanup_free_ char *path = NULL;
	struct tree *tree = tree_new();
	enum answer answers[2] = {};

	assert_int_equal(daxfs_ctx_new(&ctx), 0);
	path = tree_path(tree, "fsdev_dax.ko");
	tree_write(tree, "fsdev_dax.ko",
		   "\x7f"
		   "ELF exceeds data start");
	assert_int_equal(evidence_in_module(ctx, path, texts, 2, answers), 0);
	assert_int_equal(answers[0], ANSWER_YES);
	assert_int_equal(answers[1], ANSWER_NO);
	assert_int_equal(evidence_in_file(path, "exceeds", answers), 0);
	assert_int_equal(answers[0], ANSWER_YES);
	tree_write(tree, "fsdev_dax.ko", "something else");
	assert_int_equal(evidence_in_module(ctx, path, texts, 2, answers), -EOPNOTSUPP);
	tree_write_bytes(tree, "fsdev_dax.ko", packed, sizeof(packed));
	assert_int_equal(evidence_in_module(ctx, path, texts, 2, answers), 0);
	assert_int_equal(answers[0], ANSWER_YES);
	assert_int_equal(answers[1], ANSWER_NO);
	/* cut short */
	tree_write_bytes(tree, "fsdev_dax.ko", packed, sizeof(packed) - 8);
	assert_int_equal(evidence_in_module(ctx, path, texts, 2, answers), -EBADMSG);
	tree_remove(tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_have_the_fixes_that_they_have),
		cmocka_unit_test(a_trace_is_better_than_a_version),
		cmocka_unit_test(the_drivers_own_word_counts),
		cmocka_unit_test(releases_are_read),
		cmocka_unit_test(a_sound_machine_has_no_findings),
		cmocka_unit_test(defects_are_an_error_where_offsets_are_wrong),
		cmocka_unit_test(what_hides_a_driver_is_an_error),
		cmocka_unit_test(a_package_that_is_not_built_is_told),
		cmocka_unit_test(devices_are_told_with_their_names),
		cmocka_unit_test(rules_that_start_nothing_are_found),
		cmocka_unit_test(symbols_are_found_whole_and_where_they_belong),
		cmocka_unit_test(files_are_looked_into),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
