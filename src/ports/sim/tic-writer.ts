/** Writes TIC frames as a meter does, checksums included. */

export interface WrittenGroup {
  readonly label: string;
  readonly data: string;
  readonly horodate?: string;
}

/** One frame, STX to ETX. */
export function ticFrame(mode: 'historic' | 'standard', groups: readonly WrittenGroup[]): Uint8Array {
  const separator = mode === 'standard' ? '\t' : ' ';
  const text = groups.map(({ label, data, horodate }) => {
    const body = [label, ...(horodate === undefined ? [] : [horodate]), data].join(separator);
    const summed = mode === 'standard' ? `${body}\t` : body;
    let sum = 0;
    for (let i = 0; i < summed.length; i += 1) sum += summed.charCodeAt(i);
    return `\n${body}${separator}${String.fromCharCode((sum & 0x3f) + 0x20)}\r`;
  });
  return Buffer.from(`\x02${text.join('')}\x03`, 'latin1');
}
