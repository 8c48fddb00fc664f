/** docs/fuzz.md, from the figures of a fuzz campaign. */
import type { Outcome } from '../test/fuzz/campaign.ts';

export interface Row extends Outcome {
  /** Largest resident memory of the whole process (MB). */
  readonly rssMb: number;
}

const INTRODUCTION = `# Harmed messages: what every driver makes of them

Made by \`npm run fuzz\`, which feeds ten million bytes to each driver (\`npm run fuzz -- 100000 jbd\`: fewer, to one; the column *bytes* says what
was fed); \`test/fuzz/fuzz.test.ts\` runs a shorter one with each test run, and
fails when this page is not what \`docs/fuzz.json\` gives.

Each driver is read through its real ports above a simulated wire, on a clock that does not wait. Behind the wire recorded messages are said,
each harmed in one of ten ways: random bytes, random bytes behind a true head, one to eight bits or one to four bytes changed, cut, a part
lost or twice, all of it twice, the begin of one with the end of another, another message in its place. Every fourth twentieth of the bytes
harms one message in five; the others harm all, and a line then babbles several in place of one answer. Between two twentieths the messages
are sound, and the driver must give a sound reading again: the longest wait for it is the column *back after*, on the simulated clock.

- **Readings**: how often the driver gave values while messages were harmed. **Given up**: how often it ended with an error and was opened again.
- **Wrong**: readings with a value that no recorded message holds. What guards the bytes on their way decides how many these are.
- **Mistaken**: the same after a whole, sound message that answered another question. Where answers do not name their question (Modbus RTU, the
  ASCII protocols of batteries) no checksum can tell; the program waits before it asks again after an answer that was late.
- Memory is of the whole process with the campaign in it; **grown** is the heap after the second half less that after the first.
- Modbus drivers keep what they read once until their port is closed: for them the way back begins with opening.
- MB/s are of one core of the machine that ran it, with the harming and the checking.
`;

const EXPLANATION = `
## Why the wrong ones are wrong

- **Sums** (JBD, Daly, JK, Pylontech, Seplos, PACE, VE.Direct) see one changed byte always. They do not see two changes that make up for each
  other: the same bit set in one byte and cleared in another, which two random bits do once in sixteen times; nor, of 8 bits, one random block in 256.
- **A Linky's group** has six bits: one random group in 64 passes. Formats, and the sums of the indexes in standard mode, refuse most of those.
- Powers of phases that a Linky's damaged frame lacks are estimated from voltage and current, and marked so: they count as wrong here.
- **CRCs** (Modbus RTU, DS18B20, ThingSet 0.6) see every change of up to three bits in messages of this length, and let pass one random message in
  65,536, 256 (once the text agrees with itself) and four thousand million.
- **Nothing** guards I2C registers, SLCAN text (the bus itself has a CRC, the serial line behind the adapter has none), ThingSet 0.5, the Green-BMS
  lines, files and topics. What is impossible is refused there; what is merely untrue is not seen. For what matters, control has its own rules for
  impossible steps and for values that contradict each other, and a second sensor.
- A serial line with parity (Linky) refuses every byte with one wrong bit before the driver sees it; here all of them arrive.
`;

/** Rows in the order of the list. */
export function fuzzPage(rows: readonly Row[]): string {
  const head = [
    'Driver',
    'Guarded by',
    'Bytes',
    'Messages',
    'Readings',
    'Given up',
    'Wrong',
    'Mistaken',
    'No value',
    'Back after',
    'Memory',
    'Grown',
    'MB/s',
  ];
  const whole = new Intl.NumberFormat('en').format;
  const lines = rows.map((row) =>
    [
      ...[row.name, row.guard, whole(row.bytes), whole(row.messages), whole(row.readings), whole(row.refusals), whole(row.wrong)],
      ...[whole(row.mistaken), row.invalid.length === 0 ? '0' : row.invalid.join(', '), `${row.recoveryS} s`, `${row.rssMb} MB`],
      ...[`${row.grownMb.toFixed(1)} MB`, (row.bytes / 1e6 / row.seconds).toFixed(3)],
    ].join(' | '),
  );
  const examples = rows
    .filter(({ wrong, guard }) => wrong > 0 && !guard.startsWith('none'))
    .map(
      ({ name, wrongExamples }) =>
        `- ${name}: ${wrongExamples
          .slice(0, 4)
          .map((text) => `\`${text}\``)
          .join(', ')}`,
    );
  const table = [head.join(' | '), head.map(() => '---').join(' | '), ...lines].map((line) => `| ${line} |`).join('\n');
  return `${INTRODUCTION}\n${table}\n${EXPLANATION}\nSome of the wrong ones behind a checksum:\n\n${examples.join('\n')}\n`;
}
