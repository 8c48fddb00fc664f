// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * An I2C bus whose chips can be pulled and put back while it runs (i2c-stub cannot): 128 addresses with 256 words each.
 *   echo 0x45 > /sys/module/i2c_lab/parameters/plug          the chip answers, all registers zero
 *   echo 0x45 > /sys/module/i2c_lab/parameters/pull          it does not acknowledge any more
 *   echo 0x45 0x02 0x1f40 > /sys/module/i2c_lab/parameters/set   a register as the datasheet prints it
 *   echo 0x45 0x06 0x0008 > /sys/module/i2c_lab/parameters/flags bits that always read as set, such as `conversion ready`
 * Only loaded in the laboratory's virtual machine.
 */
#include <linux/i2c.h>
#include <linux/kernel.h>
#include <linux/module.h>

#define ADDRESSES 128
#define REGISTERS 256

static u16 words[ADDRESSES][REGISTERS];
static u16 always[ADDRESSES][REGISTERS];
static bool present[ADDRESSES];

static s32 lab_transfer(struct i2c_adapter *adapter, u16 address, unsigned short flags, char direction, u8 command, int size,
			union i2c_smbus_data *data)
{
	int i;

	if (address >= ADDRESSES || !present[address])
		return -ENXIO;
	switch (size) {
	case I2C_SMBUS_QUICK:
		return 0;
	case I2C_SMBUS_BYTE:
		if (direction == I2C_SMBUS_READ)
			data->byte = words[address][0] >> 8;
		return 0;
	case I2C_SMBUS_WORD_DATA:
		/* SMBus words travel low byte first, these chips' registers high byte first. */
		if (direction == I2C_SMBUS_READ)
			data->word = swab16(words[address][command] | always[address][command]);
		else
			words[address][command] = swab16(data->word);
		return 0;
	case I2C_SMBUS_I2C_BLOCK_DATA:
		if (direction != I2C_SMBUS_READ || data->block[0] > I2C_SMBUS_BLOCK_MAX)
			return -EOPNOTSUPP;
		for (i = 0; i < data->block[0]; i++) {
			u16 word = words[address][(command + i / 2) % REGISTERS];

			data->block[i + 1] = i % 2 ? word & 0xff : word >> 8;
		}
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

static u32 lab_functionality(struct i2c_adapter *adapter)
{
	return I2C_FUNC_SMBUS_QUICK | I2C_FUNC_SMBUS_BYTE | I2C_FUNC_SMBUS_WORD_DATA | I2C_FUNC_SMBUS_READ_I2C_BLOCK;
}

static const struct i2c_algorithm lab_algorithm = { .smbus_xfer = lab_transfer, .functionality = lab_functionality };
static struct i2c_adapter lab_adapter = { .owner = THIS_MODULE, .name = "lab bus", .algo = &lab_algorithm };

static int set_presence(const char *text, bool there)
{
	unsigned int address;

	if (kstrtouint(text, 0, &address) || address >= ADDRESSES)
		return -EINVAL;
	present[address] = there;
	return 0;
}

static int plug_set(const char *text, const struct kernel_param *parameter)
{
	return set_presence(text, true);
}

static int pull_set(const char *text, const struct kernel_param *parameter)
{
	return set_presence(text, false);
}

static int put(const char *text, u16 (*table)[REGISTERS])
{
	unsigned int address, command, value;

	if (sscanf(text, "%i %i %i", &address, &command, &value) != 3 || address >= ADDRESSES || command >= REGISTERS || value > 0xffff)
		return -EINVAL;
	table[address][command] = value;
	return 0;
}

static int word_set(const char *text, const struct kernel_param *parameter)
{
	return put(text, words);
}

static int flags_set(const char *text, const struct kernel_param *parameter)
{
	return put(text, always);
}

static const struct kernel_param_ops plug_ops = { .set = plug_set };
static const struct kernel_param_ops pull_ops = { .set = pull_set };
static const struct kernel_param_ops word_ops = { .set = word_set };
static const struct kernel_param_ops flags_ops = { .set = flags_set };
module_param_cb(plug, &plug_ops, NULL, 0200);
module_param_cb(pull, &pull_ops, NULL, 0200);
module_param_cb(set, &word_ops, NULL, 0200);
module_param_cb(flags, &flags_ops, NULL, 0200);

static int __init lab_init(void)
{
	return i2c_add_adapter(&lab_adapter);
}

static void __exit lab_exit(void)
{
	i2c_del_adapter(&lab_adapter);
}

module_init(lab_init);
module_exit(lab_exit);
MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("I2C bus for the laboratory: chips that come and go");
