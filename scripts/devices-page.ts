/** docs/devices.md, from the drivers themselves: `node scripts/devices-page.ts` writes it. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { AnyDriver } from '../src/drivers/driver.ts';
import { drivers } from '../src/drivers/index.ts';
import { exampleOptions } from '../test/drivers/example-options.ts';

const PROOFS: Readonly<Record<AnyDriver['proof'], readonly [en: string, fr: string]>> = {
  recorded: ['recordings of real devices', 'enregistrements de vrais appareils'],
  'vendor-document': ["the maker's document or source", 'document ou source du fabricant'],
  synthetic: ['made-up data only', 'données inventées seulement'],
};

/** One row for each driver, in the order of the list. */
export function devicesPage(): string {
  const rows = drivers.map((driver) => {
    const options = exampleOptions(driver.type);
    const { entities, periodMs } = driver.describe(options);
    const [en, fr] = PROOFS[driver.proof];
    const titles = driver.title.en === driver.title.fr ? driver.title.en : `${driver.title.en} / ${driver.title.fr}`;
    return `| \`${driver.type}\` | ${titles} | ${Object.keys(entities).length} | ${periodMs / 1000} s | ${en} / ${fr} |`;
  });
  return `# Devices / Appareils

Made by \`node scripts/devices-page.ts\`; \`test/package/devices.test.ts\` fails when it is not what the drivers say. Entities and period are those of
the example in DOCS.md. *Proven by* says on what the reading of its bytes was tested; sources and licences stand beside each test.

Fait par \`node scripts/devices-page.ts\`. Entités et période sont celles de l'exemple de DOCS.md. *Prouvé par* dit sur quoi la lecture de ses
octets est testée ; sources et licences sont à côté de chaque test.

| Type | Device / Appareil | Entities / Entités | Period / Période | Proven by / Prouvé par |
| --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync('docs/devices.md', devicesPage());
