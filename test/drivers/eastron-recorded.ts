/** Registers of Eastron meters as they were recorded. */

export const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
export const wordsFrom = (start: number, text: string): Map<number, number> => {
  const bytes = hex(text);
  return new Map(Array.from({ length: bytes.length / 2 }, (_, i) => [start + i, bytes.readUInt16BE(2 * i)]));
};

/** Input registers 0 to 41 of an SDM630 behind a gateway: volkszaehler/mbmd issue 63 (public issue, no licence stated; bytes only). */
export const SDM630_RECORDED = wordsFrom(
  0,
  `4364bac1 435ef0cd 43603fef 00000000 3fb8e3da 3e771080 00000000 438a8332 00000000 41102d79 439ef9de 42536c68
   c10c4c8b 431c0c11 c251e6f5 3f800000 3f5f0c23 3df53d97 00000000 41eb2810 c2a641df`.replaceAll('\n', ''),
);
/**
 * An SDM120 with solar panels behind it: arendst/Tasmota issue 12931 (public issue, no licence stated; bytes only). The log has the
 * frames in the order in which that program asks; its own JSON line beside them prints 15117.432, 304.273, 5975.312 and 781.426.
 */
export const SDM120_RECORDED: readonly (readonly [address: number, frame: string])[] = [
  [0x00, '0104 04 436B6666 3456'],
  [0x06, '0104 04 4049FBE7 3CE8'],
  [0x0c, '0104 04 442E599A 3546'],
  [0x12, '0104 04 4433C4F8 4C39'],
  [0x18, '0104 04 C2F80000 47CD'],
  [0x1e, '0104 04 3F7C28B1 E83C'],
  [0x46, '0104 04 42480000 6FEA'],
  [0x156, '0104 04 4670F6D3 E92A'],
  [0x48, '0104 04 466C35BB 79F2'],
  [0x4a, '0104 04 439822F2 F6CA'],
  [0x4c, '0104 04 45BABA7F FDED'],
  [0x4e, '0104 04 44435B44 25A3'],
];
/**
 * An SDM230, the SDM120's larger brother with the same map: words and what another program printed of them, esphome/issues 3912.
 * The log broke off in the counter, whose last byte is not known; power and counter of another one follow below.
 */
export const SDM230_RECORDED = new Map([
  ...wordsFrom(0x00, '436c7e6e 00000000 00000000 3dffa634 00000000 00000000 41a718c3 00000000 00000000 41b635ea 00000000 00000000'),
  ...wordsFrom(0x18, 'c1114e2f 00000000 00000000 3f6ac3f9'),
  ...wordsFrom(0x46, '42480000'),
]);
