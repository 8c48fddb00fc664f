import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as abi from '../../src/ports/gpio-abi.ts';

describe('the ABI', () => {
  test('a relay request, byte by byte', () => {
    const bytes = abi.encodeLineRequest({ line: 17, flags: abi.FLAG.output | abi.FLAG.activeLow, outputValue: true });
    expect(bytes.length).toBe(592);
    expect(bytes.readUInt32LE(0)).toBe(17);
    expect(bytes.toString('ascii', 256, 267)).toBe('boxenergie\0');
    expect(bytes.readBigUInt64LE(288)).toBe(0xan); // output, active low
    expect([bytes.readUInt32LE(296), bytes.readUInt32LE(320), bytes.readBigUInt64LE(328), bytes.readBigUInt64LE(336)]).toEqual([
      1,
      2,
      1n,
      1n,
    ]);
    expect([bytes.readUInt32LE(560), bytes.readUInt32LE(564)]).toEqual([1, 0]);
  });
  test('an input request carries bias, one edge and the kernel’s debounce', () => {
    const bytes = abi.encodeLineRequest({
      line: 4,
      flags: abi.FLAG.input | abi.FLAG.biasUp | abi.FLAG.edgeFalling,
      debounceUs: 5000,
      eventBuffer: 1024,
    });
    expect(bytes.readBigUInt64LE(288)).toBe(0x124n);
    expect([bytes.readUInt32LE(296), bytes.readUInt32LE(320), bytes.readUInt32LE(328), bytes.readUInt32LE(564)]).toEqual([
      1, 3, 5000, 1024,
    ]);
  });
  test('pulses are the difference of sequence numbers, which wrap', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), fc.integer({ min: 0, max: 1_000_000 }), (before, pulses) => {
        expect(abi.edgesBetween(before, (before + pulses) >>> 0)).toBe(pulses);
      }),
    );
  });

  const compiler = ((): boolean => {
    try {
      execFileSync('sh', ['-c', 'command -v cc && test -f /usr/include/linux/gpio.h'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  })();
  if (!compiler) process.stdout.write('skipped: no C compiler or no linux/gpio.h to compare the ABI with\n');
  test.skipIf(!compiler)('sizes, offsets and numbers are those of the kernel’s own header', () => {
    const directory = mkdtempSync(join(tmpdir(), 'boxenergie-abi-'));
    const source = `#include <stdio.h>\n#include <stddef.h>\n#include <linux/gpio.h>\nint main(void){printf("%zu %zu %zu %zu %zu %zu %zu %zu %zu %zu %lu %lu %lu %lu %lu",
      sizeof(struct gpio_v2_line_request), offsetof(struct gpio_v2_line_request, consumer), offsetof(struct gpio_v2_line_request, config),
      offsetof(struct gpio_v2_line_request, num_lines), offsetof(struct gpio_v2_line_request, fd), offsetof(struct gpio_v2_line_config, attrs),
      sizeof(struct gpio_v2_line_config_attribute), sizeof(struct gpio_v2_line_event), offsetof(struct gpio_v2_line_event, line_seqno), offsetof(struct gpio_v2_line_info, flags),
      (unsigned long)GPIO_GET_CHIPINFO_IOCTL, (unsigned long)GPIO_V2_GET_LINEINFO_IOCTL, (unsigned long)GPIO_V2_GET_LINE_IOCTL, (unsigned long)GPIO_V2_LINE_GET_VALUES_IOCTL, (unsigned long)GPIO_V2_LINE_SET_VALUES_IOCTL);return 0;}`;
    writeFileSync(join(directory, 'a.c'), source);
    execFileSync('cc', ['-o', join(directory, 'a'), join(directory, 'a.c')]);
    const numbers = execFileSync(join(directory, 'a'), { encoding: 'utf8' }).split(' ').map(Number);
    rmSync(directory, { recursive: true });
    const { chipInfo, lineInfo, requestLine, getValues, setValues } = abi.IOCTL;
    expect(numbers).toEqual([592, 256, 288, 560, 588, 32, 24, 48, 20, 72, chipInfo, lineInfo, requestLine, getValues, setValues]);
  });
});
