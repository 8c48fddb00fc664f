/** Sorts our devices into areas, after their place, and under labels, after part, owner and chemistry. Adds only: what people set stays. */
import { type Help, registeredDevices, say } from './help.ts';
import { ROLE_NAMES, roleOf } from './roles.ts';
import type { AnnouncedDevice } from './types.ts';

const SAID = {
  en: '{0} devices put into areas, {1} labelled',
  fr: '{0} appareils rangés dans une pièce, {1} étiquetés',
};

/** Source: Core, components/config/{area,label,device}_registry.py. */
export async function sortDevices(help: Help): Promise<string> {
  const { session, devices } = help;
  const registered = await registeredDevices(help);
  const areaOf = await finder(help, 'area');
  const labelOf = await finder(help, 'label');
  let placed = 0;
  let labelled = 0;
  for (const device of devices) {
    const known = registered.get(device.id);
    if (known === undefined) continue;
    const change: Record<string, unknown> = {};
    if (device.place !== undefined && known.area_id === null) {
      change.area_id = await areaOf(device.place);
      placed += 1;
    }
    const labels = await Promise.all(namesOf(device, help).map(labelOf));
    if (labels.some((id) => !known.labels.includes(id))) {
      change.labels = [...new Set([...known.labels, ...labels])];
      labelled += 1;
    }
    if (Object.keys(change).length > 0) await session.ask('config/device_registry/update', { device_id: known.id, ...change });
  }
  return say(help, SAID, placed, labelled);
}

function namesOf(device: AnnouncedDevice, { language }: Help): string[] {
  return [...new Set(['Boxénergie', ROLE_NAMES[roleOf(device)][language], ...(device.labels ?? [])])];
}

/** The id of an area or a label by its name, made where there is none. */
async function finder({ session }: Help, kind: 'area' | 'label'): Promise<(name: string) => Promise<string>> {
  type Row = Readonly<Record<'name' | 'area_id' | 'label_id', string>>;
  const rows = await session.ask<Row[]>(`config/${kind}_registry/list`);
  const known = new Map(rows.map((row) => [plain(row.name), Promise.resolve(row[`${kind}_id`])]));
  return (name) => {
    const found = known.get(plain(name));
    if (found !== undefined) return found;
    const made = session.ask<Row>(`config/${kind}_registry/create`, { name }).then((row) => row[`${kind}_id`]);
    known.set(plain(name), made);
    return made;
  };
}

/** Home Assistant takes two names for one when they differ in case and spaces only. */
function plain(name: string): string {
  return name.toLowerCase().replace(/\s+/g, '');
}
