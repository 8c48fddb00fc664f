/** The page on the simulated years: a table for each house, with its picture; a summary in French. Pure. */
import { figuresOf, headerOf, type Lived } from './years-figures.ts';

const STORY: Readonly<
  Record<Lived['name'], { readonly title: string; readonly text: string; readonly title_fr: string; readonly text_fr: string }>
> = {
  winter: {
    title: 'Winter heating with load-shedding at 6 kVA',
    text: `Three heaters (2, 1.5 and 1 kW) called by their thermostats, a water heater of 2.4 kW and a car of 3 kW at off-peak hours, an oven, hobs, a
kettle and washing that no relay reaches: up to 16 kW wanted on a subscription of 6 kVA. Without control every wish closes its relay; who sits
in the dark walks to the meter and presses its button ten minutes later.`,
    title_fr: 'Chauffage avec délestage à 6 kVA',
    text_fr: 'maison tout électrique : trois radiateurs, chauffe-eau, voiture, four et plaques que nul relais ne commande',
  },
  solar: {
    title: 'Solar roof with a lithium battery in the attic',
    text: `6 kW of panels, 16 LFP cells of 200 Ah whose best and worst drift apart, a charger of 1.1 kW that an automation asks for when the sun leaves
something over, an inverter for the evening. The attic follows the tiles: frost in January, more than 55 °C in a heat wave. Without control the
charger runs whenever it is asked for.`,
    title_fr: 'Toit solaire et batterie au lithium sous les tuiles',
    text_fr: '6 kW de panneaux, 10 kWh de LFP dans un grenier qui gèle en janvier et passe 55 °C en été',
  },
  'off-grid': {
    title: 'Away from the grid with lead-acid',
    text: `1.6 kW of panels, 24 V of lead-acid with 420 Ah in a cold shed, lights, a pump and a fridge, no generator. The charge controller only holds its
voltage; the program ends the charge when the battery is full, and cuts the loads before it is hurt. Without control the controller holds its
voltage all summer, and the loads run until the inverter gives up.`,
    title_fr: 'Site isolé sur batterie au plomb',
    text_fr: '1,6 kW de panneaux, 420 Ah de plomb à 24 V dans un abri froid, éclairage, pompe et réfrigérateur, sans groupe électrogène',
  },
};

/** `docs/years.md`. */
export function pageOf(lives: readonly Lived[]): string {
  return `# Three years in simulated houses

Made by \`npm run years\`. Each house lives 365 days under the same control that runs at home, in steps of 1 to 30 seconds: the shortest
whenever something is near a limit or has just switched. Sun and weather are those of 46° north, with seeded clouds and cold spells. At every tick
all of this is checked: no relay closed under an interlock or without a live permit, minimum times, changes per hour and day, a reason in the
journal for every change, energies that never fall, a meter that never opens, batteries within what their chemistry bears. The same seed gives the same year:
\`boxenergie replay --simulated 365d --scenario winter\` (or \`solar\`, \`off-grid\`) lives it again. The configurations stand beside the
pictures: ${lives.map(({ name }) => `[${name}.yaml](years/${name}.yaml)`).join(', ')}.

${lives.map(chapter).join('\n')}
## What the years showed

- A charge that an automation had asked for was never found full: only the over-voltage cut ended it. It ends like any other now.
- Asking again for one relay of a group dropped the request to keep another open, and filled the journal with two entries each time. No more.
- A lead-acid battery held at rest once full falls to the voltage of a new charge within minutes while it is drawn from, and the relay of the
  panels follows: the cap on changes is what spares it. A charge controller with a float stage of its own needs no relay to end its charge.
- A controller that raises its voltage in the cold, by 3 mV a cell and degree, passes 15.0 V (12 V battery) near freezing: the over-voltage
  cut of the program is the same at any temperature, and alarms.
- A big load that is shed, a car of 3 kW, comes back only when 120 % of it fits below 90 % of the subscription. On cold nights it waits
  for the heaters, and is not always full in the morning.

## What it does not show

Real houses. The models know no ageing, no failing relay, no lost sensor (other tests break those), one phase, no appliance that starts with a surge. Meters and
sensors are exact. Load that no relay reaches can open a meter by itself; these people never switch on that much for long.

## En français : trois années simulées

Chaque maison vit 365 jours sous la commande réelle, avec le soleil et le temps d'une latitude de 46° nord ; à chaque pas, toutes les règles
de sûreté sont vérifiées (autorisations, durées minimales, nombre de commutations, motif de chaque changement, compteur jamais ouvert, limites de la
chimie). \`npm run years\` refait cette page et les dessins ; la même graine donne la même année.

${lives.map(summary).join('\n')}
`;
}

function chapter(lived: Lived): string {
  const { title, text } = STORY[lived.name];
  const rows = figuresOf(lived).map(({ label, alone, under }) => `| ${label} | ${alone} | ${under} |`);
  return `## ${title}

${text}

| | Without control | With it |
| --- | --- | --- |
${rows.join('\n')}

\`${headerOf(lived)}\`

![${title}: each day of the year, and one day from hour to hour](years/${lived.name}.svg)
`;
}

function summary(lived: Lived): string {
  const { title_fr, text_fr } = STORY[lived.name];
  const { counts, violationCount } = lived.result;
  const alone = lived.alone.counts;
  const hours = (seconds = 0): string => `${Math.round(seconds / 3_600)} h`;
  const told = {
    winter: `le compteur coupe ${alone.trips} fois sans commande, ${counts.trips} fois avec`,
    solar: `charge sous 0 °C ${hours(alone.frostChargeS)} sans commande, ${hours(counts.frostChargeS)} avec ; élément au-dessus de 3,65 V ${hours(alone.overFullS)} sans, ${hours(counts.overFullS)} avec ; ${counts.fulls} charges complètes`,
    'off-grid': `sous 15 % de charge ${hours(alone.belowFloorS)} sans commande, ${hours(counts.belowFloorS)} avec ; ${counts.fulls} charges complètes ; à la tension de dégagement gazeux ${hours(alone.gassingS)} sans, ${hours(counts.gassingS)} avec`,
  }[lived.name];
  return `- **${title_fr}** (${text_fr}) : ${told} ; ${violationCount > 1 ? `${violationCount} règles violées` : `${violationCount} règle violée`}.`;
}
