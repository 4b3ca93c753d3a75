// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page map of a device and its folios.
 *
 * A static device (persistent memory in devdax mode) brings a page map that starts below its data,
 * because the memmap may be stored there; a dynamic one gets its page map here.
 */
#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/wait_bit.h>

#include "fsdev.h"
#include "test-faults.h"

/* How many folios are reset before others may run */
#define FSDEV_BATCH BIT(15)

#define FSDEV_SLICE (10 * HZ)

static bool fsdev_data_in_pages(const struct fsdev *fsdev)
{
	const struct range *data = &fsdev->ranges[0].physical;
	const struct range *pages = &fsdev->pgmap->range;

	return pages->start <= data->start && data->end <= pages->end &&
	       !fsdev_test_fault(FSDEV_FAULT_OUTSIDE);
}

static int fsdev_take_static_pgmap(struct fsdev *fsdev)
{
	struct device *dev = &fsdev->dev_dax->dev;

	fsdev->pgmap = fsdev->dev_dax->pgmap;
	if (!fsdev->pgmap)
		return dev_err_probe(dev, -ENXIO, "static device without a page map\n");
	if (fsdev->nr_ranges != 1)
		return dev_err_probe(dev, -EINVAL, "static device with %d ranges\n",
				     fsdev->nr_ranges);
	if (!fsdev_data_in_pages(fsdev))
		return dev_err_probe(dev, -EINVAL,
				     "data %#llx-%#llx outside of page map %#llx-%#llx\n",
				     fsdev->ranges[0].physical.start, fsdev->ranges[0].physical.end,
				     fsdev->pgmap->range.start, fsdev->pgmap->range.end);
	/* device_dax sets it for its alignment, and leaves it; here, folios are of one page */
	fsdev->pgmap->vmemmap_shift = 0;
	return 0;
}

static int fsdev_make_pgmap(struct fsdev *fsdev)
{
	struct device *dev = &fsdev->dev_dax->dev;
	struct dev_pagemap *pgmap;

	/* No driver is bound: it is of a probe that failed, and freed */
	if (fsdev->dev_dax->pgmap) {
		dev_notice(dev, "replacing a page map that a failed probe has left\n");
		fsdev->dev_dax->pgmap = NULL;
	}
	pgmap = devm_kzalloc(dev, struct_size(pgmap, ranges, fsdev->nr_ranges), GFP_KERNEL);
	if (!pgmap)
		return -ENOMEM;
	pgmap->nr_range = fsdev->nr_ranges;
	for (int i = 0; i < fsdev->nr_ranges; i++)
		pgmap->ranges[i] = fsdev->ranges[i].physical;
	fsdev->pgmap = pgmap;
	return 0;
}

static int fsdev_request_memory(struct fsdev *fsdev)
{
	struct device *dev = &fsdev->dev_dax->dev;

	for (int i = 0; i < fsdev->nr_ranges; i++) {
		const struct range *range = &fsdev->ranges[i].physical;

		if (!devm_request_mem_region(dev, range->start, range_len(range), dev_name(dev)))
			return dev_err_probe(dev, -EBUSY, "range %d, %#llx-%#llx, is in use\n", i,
					     range->start, range->end);
	}
	return 0;
}

/*
 * Folios as a file system wants them, without what a former user left in them. Returns the first
 * page behind the folio.
 */
static unsigned long fsdev_reset_folio(unsigned long pfn)
{
	return pfn + (1UL << dax_folio_reset_order(pfn_folio(pfn)));
}

/*
 * Waits until nobody uses a page any more: direct I/O, RDMA and pipes hold pages without any file
 * being open, and their memmap is about to go. It may take for ever, and there is nothing to be
 * done about it here but to say so. TASK_IDLE, as this is not what the hung task detector is for.
 */
static void fsdev_wait_for_page(struct fsdev *fsdev, unsigned long pfn)
{
	struct folio *folio = pfn_folio(pfn);
	const struct fsdev_range *range = fsdev_range_of_phys(fsdev, PFN_PHYS(pfn));

	while (folio_ref_count(folio) > 0) {
		dev_warn_ratelimited(&fsdev->dev_dax->dev,
				     "unbind waits for the users of the page at %#llx\n",
				     range->offset + PFN_PHYS(pfn) - range->physical.start);
		/* the core wakes who waits for the page's address */
		___wait_var_event(&folio->page, ___wait_cond_timeout(!folio_ref_count(folio)),
				  TASK_IDLE, 0, FSDEV_SLICE, __ret = schedule_timeout(__ret));
	}
}

static void fsdev_reset_range(struct fsdev *fsdev, const struct range *range, bool wait)
{
	unsigned long pfn = PHYS_PFN(range->start), end = PHYS_PFN(range->end) + 1;
	unsigned long rest = pfn + FSDEV_BATCH;

	while (pfn < end) {
		if (wait)
			fsdev_wait_for_page(fsdev, pfn);
		pfn = fsdev_reset_folio(pfn);
		if (pfn >= rest) {
			cond_resched();
			rest = pfn + FSDEV_BATCH;
		}
	}
}

static void fsdev_reset_folios(struct fsdev *fsdev, bool wait)
{
	for (int i = 0; i < fsdev->nr_ranges; i++)
		fsdev_reset_range(fsdev, &fsdev->ranges[i].physical, wait);
}

static void fsdev_release_folios(void *data)
{
	fsdev_reset_folios(data, true);
}

/* After the mapping is gone, and with it everybody who might find the page map by a page */
static void fsdev_clear_pgmap(void *data)
{
	struct fsdev *fsdev = data;

	fsdev->pgmap->ops = NULL;
	fsdev->pgmap->owner = NULL;
}

static int fsdev_get_pgmap(struct fsdev *fsdev)
{
	int rc = static_dev_dax(fsdev->dev_dax) ? fsdev_take_static_pgmap(fsdev)
						: fsdev_make_pgmap(fsdev);

	if (rc)
		return rc;
	fsdev->pgmap->type = MEMORY_DEVICE_FS_DAX;
	fsdev->pgmap->ops = &fsdev_pgmap_ops;
	fsdev->pgmap->owner = fsdev;
	return devm_add_action_or_reset(&fsdev->dev_dax->dev, fsdev_clear_pgmap, fsdev);
}

/* All of it is undone by devres, in the reverse order. */
int fsdev_map_pages(struct fsdev *fsdev)
{
	struct device *dev = &fsdev->dev_dax->dev;
	void *address;
	int rc;

	rc = fsdev_request_memory(fsdev);
	if (rc)
		return rc;
	rc = fsdev_get_pgmap(fsdev);
	if (rc)
		return rc;
	address = devm_memremap_pages(dev, fsdev->pgmap);
	if (IS_ERR(address))
		return PTR_ERR(address);
	fsdev_reset_folios(fsdev, false);
	return devm_add_action_or_reset(dev, fsdev_release_folios, fsdev);
}
