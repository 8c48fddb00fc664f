/**
 * An executable copy of Home Assistant's rules for MQTT device discovery: what Core would refuse or complain about.
 * Source: home-assistant/core components/mqtt (schemas.py, discovery.py, sensor.py), components/sensor/const.py, 2026.9-2026.11.
 */
type Doc = Record<string, unknown>;

const ROOT_KEYS = new Set([
  'device',
  'origin',
  'components',
  'availability',
  'availability_mode',
  'availability_topic',
  'availability_template',
  'payload_available',
  'payload_not_available',
  'state_topic',
  'command_topic',
  'qos',
  'encoding',
  'message_expiry_interval',
]);
const DEVICE_KEYS = new Set([
  'identifiers',
  'connections',
  'manufacturer',
  'model',
  'model_id',
  'name',
  'hw_version',
  'sw_version',
  'serial_number',
  'via_device',
  'suggested_area',
  'configuration_url',
]);
const ORIGIN_KEYS = new Set(['name', 'sw_version', 'support_url']);
const COMMON = [
  'platform',
  'name',
  'unique_id',
  'default_entity_id',
  'entity_category',
  'icon',
  'entity_picture',
  'enabled_by_default',
  'visible_by_default',
  'json_attributes_topic',
  'json_attributes_template',
  'availability',
  'availability_topic',
  'availability_mode',
  'message_expiry_interval',
  'state_topic',
  'qos',
  'encoding',
  'device_class',
];
const PLATFORM_KEYS: Readonly<Record<string, ReadonlySet<string>>> = {
  sensor: new Set([
    ...COMMON,
    'value_template',
    'unit_of_measurement',
    'state_class',
    'suggested_display_precision',
    'expire_after',
    'force_update',
    'options',
    'last_reset_value_template',
  ]),
  binary_sensor: new Set([...COMMON, 'value_template', 'payload_on', 'payload_off', 'expire_after', 'off_delay', 'force_update']),
  switch: new Set([
    ...COMMON,
    'value_template',
    'command_topic',
    'command_template',
    'payload_on',
    'payload_off',
    'state_on',
    'state_off',
    'optimistic',
    'retain',
  ]),
  button: new Set([...COMMON, 'command_topic', 'command_template', 'payload_press', 'retain']),
  event: new Set([...COMMON, 'value_template', 'event_types']),
  number: new Set([
    ...COMMON,
    'value_template',
    'command_topic',
    'command_template',
    'unit_of_measurement',
    'min',
    'max',
    'step',
    'mode',
    'payload_reset',
    'optimistic',
    'retain',
  ]),
};
/** Units a device class allows; a unit outside refuses the entity since 2025.7. */
const UNITS: Readonly<Record<string, readonly (string | undefined)[]>> = {
  voltage: ['V', 'mV', 'μV', 'kV', 'MV'],
  current: ['A', 'mA', 'μA'],
  power: ['mW', 'W', 'kW', 'MW'],
  apparent_power: ['mVA', 'VA', 'kVA'],
  reactive_power: ['var', 'kvar'],
  energy: ['Wh', 'kWh', 'MWh'],
  reactive_energy: ['varh', 'kvarh'],
  energy_storage: ['Wh', 'kWh'],
  battery: ['%'],
  temperature: ['°C', '°F', 'K'],
  frequency: ['Hz', 'kHz', 'MHz'],
  duration: ['s', 'min', 'h', 'd', 'ms'],
  water: ['L', 'm³'],
  gas: ['L', 'm³'],
  volume_flow_rate: ['L/min', 'm³/h', 'L/h', 'L/s'],
  timestamp: [undefined],
  enum: [undefined],
  date: [undefined],
  uptime: [undefined],
};
const STATE_CLASSES: Readonly<Record<string, readonly string[]>> = {
  energy: ['total', 'total_increasing'],
  reactive_energy: ['total', 'total_increasing'],
  water: ['total', 'total_increasing'],
  gas: ['total', 'total_increasing'],
  enum: [],
  timestamp: [],
  date: [],
  uptime: [],
  monetary: ['total'],
};
const BINARY_CLASSES = new Set(['problem', 'opening', 'connectivity', 'battery_charging', 'heat', 'power', 'running']);

/** Attributes that Core drops without a word. Source: home-assistant/core components/mqtt/entity.py, MQTT_ATTRIBUTES_BLOCKED. */
const BLOCKED_ATTRIBUTES = new Set([
  ...['available', 'device_info', 'entity_category', 'entity_id', 'entity_registry_enabled_default', 'extra_state_attributes'],
  ...['force_update', 'should_poll', 'state', 'unique_id', 'group_entities', 'assumed_state', 'device_class', 'entity_picture'],
  ...['friendly_name', 'icon', 'supported_features', 'unit_of_measurement'],
]);

/** What Core would say of this discovery message; empty = accepted without a word. */
export function checkDiscovery(topic: string, payload: string, prefix = 'homeassistant'): string[] {
  const faults: string[] = [];
  const parts = topic.startsWith(`${prefix}/`) ? topic.slice(prefix.length + 1).split('/') : [];
  if (parts.length !== 3 || parts[0] !== 'device' || parts[2] !== 'config' || !/^[a-zA-Z0-9_-]+$/.test(parts[1] ?? ''))
    faults.push(`topic ${topic}`);
  if (payload === '') return faults;
  let doc: Doc;
  try {
    doc = JSON.parse(payload) as Doc;
  } catch {
    return [...faults, 'not JSON'];
  }
  for (const key of Object.keys(doc)) if (!ROOT_KEYS.has(key)) faults.push(`root: unknown key ${key}`);
  for (const key of ['device', 'origin', 'components'])
    if (typeof doc[key] !== 'object' || doc[key] === null) faults.push(`root: ${key} is required`);
  if (faults.some((fault) => fault.endsWith('is required'))) return faults;
  if (doc.availability !== undefined && doc.availability_topic !== undefined)
    faults.push('root: availability and availability_topic exclude each other');
  if (doc.availability_mode !== undefined && !['all', 'any', 'latest'].includes(String(doc.availability_mode)))
    faults.push('root: availability_mode');
  for (const entry of (doc.availability as Doc[] | undefined) ?? []) if (!validTopic(entry.topic)) faults.push('availability: topic');
  faults.push(...checkDevice(doc.device as Doc), ...checkOrigin(doc.origin as Doc));
  const ids = new Set<string>();
  for (const [key, component] of Object.entries(doc.components as Record<string, Doc>)) {
    faults.push(...checkComponent(component, doc).map((fault) => `${key}: ${fault}`));
    const id = `${String(component.platform)} ${String(component.unique_id)}`;
    if (component.unique_id !== undefined && ids.has(id)) faults.push(`${key}: duplicate unique_id`);
    ids.add(id);
  }
  return faults;
}

function checkDevice(device: Doc): string[] {
  const faults = Object.keys(device)
    .filter((key) => !DEVICE_KEYS.has(key))
    .map((key) => `device: unknown key ${key}`);
  const identifiers = [device.identifiers].flat().filter((id) => typeof id === 'string');
  if (identifiers.length === 0 && device.connections === undefined) faults.push('device: identifiers or connections');
  if (device.via_device !== undefined && identifiers.includes(device.via_device as string)) faults.push('device: via_device is itself');
  return faults;
}

function checkOrigin(origin: Doc): string[] {
  const faults = Object.keys(origin)
    .filter((key) => !ORIGIN_KEYS.has(key))
    .map((key) => `origin: unknown key ${key}`);
  return typeof origin.name === 'string' ? faults : [...faults, 'origin: name is required'];
}

function checkComponent(component: Doc, root: Doc): string[] {
  const platform = String(component.platform);
  const keys = PLATFORM_KEYS[platform];
  if (keys === undefined) return [`platform ${platform}`];
  // A component of its platform alone takes the entity away.
  if (Object.keys(component).length === 1) return [];
  const faults = Object.keys(component)
    .filter((key) => !keys.has(key))
    .map((key) => `unknown key ${key}`);
  if (typeof component.unique_id !== 'string') faults.push('unique_id is required');
  if (
    component.default_entity_id !== undefined &&
    !new RegExp(`^${platform}\\.(?!.*__)(?!_)[a-z0-9_]+(?<!_)$`).test(String(component.default_entity_id))
  )
    faults.push(`default_entity_id ${String(component.default_entity_id)}`);
  // Core lets the same key of a component take the place of the root's (mqtt/discovery.py, shared options); we do that for events alone.
  const own = component.availability !== undefined || component.availability_topic !== undefined;
  const none = platform === 'event' && JSON.stringify(component.availability) === '[]' && root.availability_topic === undefined;
  if (own && !none && (root.availability !== undefined || root.availability_topic !== undefined))
    faults.push('availability at both levels');
  if (platform === 'event') faults.push(...checkEvent(component));
  for (const key of ['state_topic', 'command_topic', 'json_attributes_topic'])
    if (component[key] !== undefined && !validTopic(component[key])) faults.push(key);
  if (component.entity_category === 'config' && (platform === 'sensor' || platform === 'binary_sensor'))
    faults.push('entity_category config');
  if (component.entity_category !== undefined && !['config', 'diagnostic'].includes(String(component.entity_category)))
    faults.push('entity_category');
  if (platform === 'switch' || platform === 'button' || platform === 'number') {
    if (!validTopic(component.command_topic)) faults.push('command_topic is required');
    if (component.retain === true) faults.push('retained commands');
    if (platform !== 'button' && component.state_topic === undefined && root.state_topic === undefined)
      faults.push(`optimistic ${platform}`);
    if (platform === 'number') faults.push(...checkNumber(component));
  } else if (component.state_topic === undefined && root.state_topic === undefined) faults.push('state_topic is required');
  if (platform === 'sensor') faults.push(...checkSensor(component));
  if (platform === 'binary_sensor' && component.device_class !== undefined && !BINARY_CLASSES.has(String(component.device_class)))
    faults.push('device_class');
  for (const [, name = ''] of String(component.json_attributes_template ?? '').matchAll(/'([a-z0-9_]+)': /g))
    if (BLOCKED_ATTRIBUTES.has(name)) faults.push(`attribute ${name} is dropped`);
  if (JSON.stringify(component).includes('\u00b5')) faults.push('micro sign instead of Greek mu');
  return faults;
}

/** Source: home-assistant/core components/mqtt/event.py; a payload must be JSON with an event_type of the list. */
function checkEvent({ event_types: types, state_topic, device_class }: Doc): string[] {
  const faults: string[] = [];
  if (!Array.isArray(types) || types.length === 0 || types.some((type) => typeof type !== 'string')) faults.push('event_types');
  // The state topic of the document carries values: each of them would be a warning in the log.
  if (state_topic === undefined) faults.push('no own state_topic');
  if (device_class !== undefined && !['button', 'doorbell', 'motion'].includes(String(device_class))) faults.push('device_class');
  return faults;
}

function checkNumber({ min, max, step, mode, device_class, unit_of_measurement: unit }: Doc): string[] {
  const faults: string[] = [];
  if (!(typeof min === 'number' && typeof max === 'number' && max > min)) faults.push('max must be > min');
  if (!(typeof step === 'number' && step >= 0.001)) faults.push('step');
  if (!['auto', 'box', 'slider'].includes(String(mode))) faults.push('mode');
  if (device_class !== undefined && !UNITS[String(device_class)]?.includes(unit as string)) faults.push(`unit ${String(unit)}`);
  return faults;
}

function checkSensor(component: Doc): string[] {
  const faults: string[] = [];
  const deviceClass = component.device_class as string | undefined;
  const unit = component.unit_of_measurement as string | undefined;
  const stateClass = component.state_class as string | undefined;
  if (deviceClass !== undefined) {
    const units = UNITS[deviceClass];
    if (units === undefined) faults.push(`device_class ${deviceClass}`);
    else if (!units.includes(unit)) faults.push(`unit ${String(unit)} for ${deviceClass}`);
    if (stateClass !== undefined && !(STATE_CLASSES[deviceClass] ?? ['measurement']).includes(stateClass))
      faults.push(`state_class ${stateClass} for ${deviceClass}`);
  }
  if (stateClass !== undefined && !['measurement', 'total', 'total_increasing'].includes(stateClass)) faults.push('state_class');
  if (component.options !== undefined) {
    if (deviceClass !== 'enum') faults.push('options without enum');
    if (!Array.isArray(component.options) || component.options.length === 0) faults.push('options are empty');
    if (stateClass !== undefined || unit !== undefined) faults.push('options with state class or unit');
  }
  if (component.last_reset_value_template !== undefined && stateClass !== 'total') faults.push('last_reset without total');
  if (component.suggested_display_precision !== undefined && !Number.isInteger(component.suggested_display_precision))
    faults.push('precision');
  if (component.expire_after !== undefined && !(Number.isInteger(component.expire_after) && (component.expire_after as number) > 0))
    faults.push('expire_after');
  return faults;
}

function validTopic(topic: unknown): boolean {
  return typeof topic === 'string' && topic.length > 0 && topic.length < 65_536 && !/[+#\0]/.test(topic);
}
