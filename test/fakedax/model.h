/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's dax bus as a state machine: regions, devices, drivers, memory blocks. It knows
 * nothing of files. What a write to sysfs does there, a function does here: 0 or the negative
 * errno that the kernel answers. compare (beside this file) holds it against the real one.
 */
#ifndef MODEL_H
#define MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KiB (1ULL << 10)
#define MiB (1ULL << 20)
#define GiB (1ULL << 30)
#define BLOCK_SIZE (128 * MiB)
#define PAGE 4096ULL

#define MAX_REGIONS 8
#define MAX_DEVICES 32
#define MAX_RANGES 16
#define MAX_BLOCKS 256
#define MAX_RESERVED 64
#define MAX_IDS 32
#define NAME_LENGTH 30 /* DAX_NAME_LEN of drivers/dax/bus.c */

/* In the order in which the lab registers them: it decides who gets a device that is new. */
enum driver { DRIVER_NONE = -1, DEVICE_DAX, FSDEV_DAX, KMEM, N_DRIVERS };

extern const char *const driver_names[N_DRIVERS];

enum kind { HMEM, PMEM, CXL };

/* What memory does when it is added, and how a block is online. */
enum online { OFFLINE, ONLINE, ONLINE_KERNEL, ONLINE_MOVABLE, N_ONLINE };

/* Beside the types of enum online, what 7.3's attribute `state` can say. */
#define UNPLUGGED N_ONLINE

extern const char *const online_names[N_ONLINE + 1];

struct span {
	uint64_t start;
	uint64_t end; /* the last byte, as in sysfs */
};

struct device {
	bool exists;
	unsigned int region; /* index in the model, and the first number of the name */
	unsigned int id;
	unsigned int age; /* devices are walked in the order in which they were made */
	char name[NAME_LENGTH];
	struct span ranges[MAX_RANGES];
	unsigned int n_ranges;
	uint64_t align;
	enum driver driver;
	bool stale_pgmap;   /* a failed probe left dev_dax->pgmap behind */
	bool crashes;	    /* `mapping` was written while bound: the real kernel dies of it */
	unsigned int state; /* bound to kmem: enum online, or UNPLUGGED */
	struct span added[MAX_RANGES]; /* bound to kmem: what of each range is memory; end 0: none */
};

struct region {
	bool exists;
	enum kind kind;
	bool is_static;
	bool kmem_type; /* its devices match kmem by type, else device_dax */
	struct span span;
	uint64_t align;
	int target_node;
	const char *path; /* below /sys/devices */
	const struct device *seed;
	const struct device *youngest;
};

struct block {
	unsigned int index;
	int node;
	enum online online;
	bool movable; /* online: in which zone */
	bool busy;    /* something lies there that cannot be moved */
};

/* A line of /proc/iomem. */
struct reserved {
	struct span span;
	char name[NAME_LENGTH];
	bool is_ram;
};

/* Makes the next @count probes of a driver fail; @count < 0: all. */
struct fault {
	int err;
	int count;
	bool clean; /* before the page map was made: nothing is left behind */
};

struct driver_state {
	bool loaded;
	char ids[MAX_IDS][NAME_LENGTH];
	unsigned int n_ids;
	struct fault fault;
	unsigned int order; /* of registration */
};

struct model {
	struct region regions[MAX_REGIONS];
	struct device devices[MAX_DEVICES];
	struct driver_state drivers[N_DRIVERS];
	struct block blocks[MAX_BLOCKS];
	unsigned int n_blocks;
	struct reserved reserved[MAX_RESERVED];
	unsigned int n_reserved;
	bool autoprobe;
	enum online policy; /* auto_online_blocks */
	bool has_state;	    /* kmem of Linux 7.3: the attribute `state` */
	unsigned int next_age;
	unsigned int next_order;
	unsigned long changes; /* counts up with each: whoever keeps something looks */
};

/* model.c */
void model_init(struct model *model, bool has_state);
int model_add_region(struct model *model, enum kind kind, bool kmem_type);
int model_reset(struct model *model, const char *kinds);
struct device *model_find(struct model *model, const char *name);
struct device *model_next(struct model *model, const struct device *previous);
int model_set(struct model *model, struct device *device, enum driver driver, enum online online);
void model_dump(const struct model *model, char *text, size_t size);
bool text_is(const char *text, const char *word);

/* regions.c: the regions' and the devices' own attributes */
uint64_t span_length(const struct span *span);
uint64_t device_size(const struct device *device);
uint64_t region_available(const struct model *model, const struct region *region);
struct device *device_new(struct model *model, unsigned int region);
int device_add_range(struct model *model, struct device *device, uint64_t start, uint64_t size);
int device_store_size(struct model *model, struct device *device, const char *text);
int device_store_align(struct model *model, struct device *device, const char *text);
int device_store_mapping(struct model *model, struct device *device, const char *text);
int device_store_memmap(const char *text);
int region_store_create(struct model *model, struct region *region, const char *text);
int region_store_delete(struct model *model, struct region *region, const char *text);

/* numbers.c: the kernel's kstrto*() */
int parse_ull(const char *text, unsigned int base, uint64_t *ret_value);
int parse_long(const char *text, unsigned int base, uint64_t *ret_value);
int parse_int(const char *text, int *ret_value);
int parse_bool(const char *text, bool *ret_value);

/* drivers.c: the bus and its drivers */
int driver_store_bind(struct model *model, enum driver driver, const char *text);
int driver_store_unbind(struct model *model, enum driver driver, const char *text);
int driver_store_new_id(struct model *model, enum driver driver, const char *text);
int driver_store_remove_id(struct model *model, enum driver driver, const char *text);
int bus_store_autoprobe(struct model *model, const char *text);
int bus_store_probe(struct model *model, const char *text);
void bus_device_added(struct model *model, struct device *device);
int driver_load(struct model *model, enum driver driver);
int driver_unload(struct model *model, enum driver driver);
void driver_release(struct model *model, struct device *device);
int reserve(struct model *model, const struct span *span, const char *name, bool is_ram);
void unreserve(struct model *model, const struct span *span);

/* memory.c: kmem and the memory blocks */
int kmem_probe(struct model *model, struct device *device);
void kmem_remove(struct model *model, struct device *device);
int kmem_store_state(struct model *model, struct device *device, const char *text);
struct block *block_find(struct model *model, unsigned int index);
int block_store_state(struct model *model, struct block *block, const char *text);
const char *block_zones(const struct model *model, const struct block *block);
int memory_store_policy(struct model *model, const char *text);
int online_from_text(const char *text, unsigned int *ret_online);

#endif
