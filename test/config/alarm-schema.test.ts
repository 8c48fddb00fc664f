import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { crossCheckAlarms } from '../../src/config/alarm-check.ts';
import { type RawAlarms, type RawBuzzer, type RawMail, toAlarms, toBuzzer, toMail } from '../../src/config/alarm-house.ts';
import { ALARMS_SCHEMA, BUZZER_SCHEMA, MAIL_SCHEMA } from '../../src/config/alarm-schema.ts';
import { createAjv } from '../../src/config/validators.ts';

const HOUSE = {
  type: 'object',
  properties: { alarms: ALARMS_SCHEMA, mail: MAIL_SCHEMA, buzzer: BUZZER_SCHEMA, devices: { type: 'array' }, relays: { type: 'array' } },
};
function read(yaml: string) {
  const raw = (parse(yaml) ?? {}) as { alarms: RawAlarms; mail: RawMail; buzzer: RawBuzzer } & Record<string, unknown>;
  const validate = createAjv().compile(HOUSE);
  const shape = validate(raw) ? [] : (validate.errors ?? []).map(({ instancePath, keyword }) => `${instancePath} ${keyword}`);
  const crossed = crossCheckAlarms(raw, 'en').map(({ path, said }) => `${path.join('.')}: ${said.problem}. ${said.mend}`);
  return { raw, problems: [...shape, ...crossed], french: crossCheckAlarms(raw, 'fr').map(({ said }) => `${said.problem}. ${said.mend}`) };
}
const RULE = 'alarms:\n  rules:\n    - {id: a, device: bat_01, value: v, when: above, raise: 5, clear: 4}\ndevices: [{id: bat_01}]\n';

describe('what is right', () => {
  test('nothing at all: our own rules, no mail, no buzzer', () => {
    const { raw, problems } = read('{}');
    expect(problems).toEqual([]);
    expect(toAlarms(raw.alarms)).toEqual({
      ...{ defaults: true, without: [], warmC: 70, hotC: 80, criticalC: 100, rules: [] },
      ...{ batteryLowV: 10.8, batteryRecoveredV: 12, lostS: 600 },
    });
    expect(toMail(raw.mail)).toBeUndefined();
    expect(toBuzzer(raw.buzzer)).toBeUndefined();
  });

  test('everything', () => {
    const { raw, problems } = read(`${RULE}
mail: {host: mail.example.org, from: house@example.org, to: [me@example.org], ca: own.pem}
buzzer: {line: 22, quiet_from: "22:00", quiet_to: "07:30"}
`);
    expect(problems).toEqual([]);
    expect(toAlarms(raw.alarms).rules).toEqual([
      { id: 'a', device: 'bat_01', value: 'v', when: 'above', raise: 5, clear: 4, forS: 0, clearForS: 0, severity: 'warning' },
    ]);
    expect(toMail(raw.mail)).toEqual({
      ...{ host: 'mail.example.org', port: 587, security: 'starttls', ca: 'own.pem', from: 'house@example.org', to: ['me@example.org'] },
      ...{ severity: 'warning', tellEnd: false, perHour: 6, perDay: 20, repeatS: 3600, gatherS: 30 },
    });
    expect(toBuzzer(raw.buzzer)).toEqual({
      ...{ line: 22, chip: 'auto', activeLow: false, capS: 180, quiet: { fromMinute: 1320, toMinute: 450 } },
    });
  });
});

describe('what is wrong', () => {
  test.each([
    ['alarms: {critical_c: 120}', '/alarms/critical_c maximum'],
    ['alarms: {hot_c: 85}', '/alarms/hot_c maximum'],
    ['alarms: {warm: 60}', '/alarms additionalProperties'],
    ['mail: {password: x}', '/mail additionalProperties'],
    ['mail: {host: "a b", from: a@b, to: [a@b]}', '/mail/host pattern'],
    ['mail: {host: h, from: "Me <me@example.org>", to: [a@b]}', '/mail/from pattern'],
    ['mail: {host: h, from: "a@b\\nBcc: c@d", to: [a@b]}', '/mail/from pattern'],
    ['buzzer: {quiet_from: "25:00", quiet_to: "07:00"}', '/buzzer/quiet_from pattern'],
    [RULE.replace('id: a', 'id: constructor.x'), '/alarms/rules/0/id pattern'],
    [RULE.replace('when: above', 'when: over'), '/alarms/rules/0/when enum'],
    ['alarms: {warm_c: 75, hot_c: 72}', 'alarms.warm_c: 75 is out of range. Use a value below 72'],
    ['alarms: {battery_low_v: 24}', 'alarms.battery_low_v: 24 is out of range. Use a value below 12'],
    [RULE.replace('clear: 4', 'clear: 5'), 'alarms.rules.0.clear: 5 is out of range. Use a value below 5'],
    [RULE.replace('above, raise: 5', 'below, raise: 5'), 'alarms.rules.0.clear: 4 is out of range. Use a value above 5'],
    [RULE.replace(', clear: 4', ''), 'alarms.rules.0: "clear" is missing. Add clear: … (a number)'],
    [RULE.replace('device: bat_01', 'device: bat_02'), 'alarms.rules.0.device: "bat_02" is not a choice here. Use bridge, bat_01'],
    [
      RULE.replace(/(\n {4}- .*)/, '$1$1'),
      'alarms.rules.1.id: id a is already used by alarms.rules. Each can be used once: change one of the two',
    ],
    ['mail: {host: h, to: [a@b]}', 'mail: "from" is missing. Add from: … (an address)'],
    ['mail: {host: h, from: a@b}', 'mail: "to" is missing. Add to: … (an address)'],
    ['buzzer: {line: 22, quiet_from: "22:00"}', 'buzzer: "quiet_to" is missing. Add quiet_to: … ("07:00")'],
    [
      'buzzer: {line: 5}\nrelays: [{id: rs_01, line: 5}]',
      'buzzer.line: GPIO auto:5 is already used by rs_01. Each can be used once: change one of the two',
    ],
  ])('%s', (yaml, problem) => expect(read(yaml).problems).toEqual([problem]));

  test('in French', () => {
    expect(read(RULE.replace('clear: 4', 'clear: 6')).french).toEqual(['6 est hors limites. Utilisez une valeur inférieure à 5']);
    expect(read('mail: {host: h, from: a@b}').french).toEqual(['« to » manque. Ajoutez to: … (une adresse)']);
  });
});

test('every option is explained in both languages', () => {
  const walk = (schema: Record<string, unknown>): void => {
    expect(schema).toMatchObject({ description: expect.stringMatching(/\S/), fr: expect.stringMatching(/\S/) });
    for (const property of Object.values((schema.properties ?? {}) as Record<string, Record<string, unknown>>)) walk(property);
  };
  for (const schema of [ALARMS_SCHEMA, MAIL_SCHEMA, BUZZER_SCHEMA]) walk(schema);
  const rule = (ALARMS_SCHEMA.properties.rules as { items: { properties: Record<string, Record<string, unknown>> } }).items;
  for (const property of Object.values(rule.properties)) walk(property);
});
