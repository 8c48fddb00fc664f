/** The wall clock: plausible, kept by a time server, and kept through a power cut. Totals and tariffs are dated by it. */
import { finding, same, say } from './say.ts';
import type { Check, Finding, Machine } from './types.ts';

/** Before it the clock was never set; this program is younger. */
const EARLIEST_MS = Date.UTC(2026, 0, 1);
const LATEST_MS = Date.UTC(2100, 0, 1);
const SYNCHRONISED = '/run/systemd/timesync/synchronized';
/** Touched by systemd-timesyncd at each synchronisation, and about once a minute while it runs. */
const LAST_TIME = '/var/lib/systemd/timesync/clock';
const RECENT_MS = 24 * 3_600_000;
/** More than this between the two clocks is a fault (s). */
const DRIFT_S = 60;
const FLAT_UV = 2_000_000;

export const timekeeping: Check = {
  id: 'clock',
  title: say('Clock', 'Horloge'),
  limitMs: 5_000,
  async run({ machine, clock }) {
    const nowMs = clock.wallMs();
    return [wall(nowMs), await synchronised(machine, nowMs), await hardware(machine, nowMs)];
  },
};

function wall(nowMs: number): Finding {
  const plausible = nowMs >= EARLIEST_MS && nowMs < LATEST_MS;
  const mend = say('Connect the machine to the network and wait a minute', 'Reliez la machine au réseau et attendez une minute');
  const shown = Number.isFinite(new Date(nowMs).getTime()) ? new Date(nowMs).toISOString() : String(nowMs);
  return finding(plausible ? 'ok' : 'failed', say('Wall clock', 'Heure'), same(shown), mend);
}

async function synchronised(machine: Machine, nowMs: number): Promise<Finding> {
  const subject = say('Time server', 'Serveur de temps');
  if (await machine.exists(SYNCHRONISED))
    return finding('ok', subject, say('synchronised since the start', 'synchronisée depuis le démarrage'));
  const mend = say('On the host: timedatectl, or chronyc tracking', "Sur l'hôte : timedatectl, ou chronyc tracking");
  const lastMs = await machine.changedMs(LAST_TIME);
  if (lastMs === undefined) {
    return finding('unknown', subject, say('nothing here says whether one is reached', "rien ici ne dit si l'un est joint"), mend);
  }
  const at = new Date(lastMs).toISOString();
  const found = say(`not since the start; the last good time was ${at}`, `pas depuis le démarrage ; dernière heure sûre : ${at}`);
  return finding(nowMs - lastMs < RECENT_MS ? 'unknown' : 'warning', subject, found, mend);
}

async function hardware(machine: Machine, nowMs: number): Promise<Finding> {
  const subject = say('Hardware clock (RTC)', 'Horloge matérielle (RTC)');
  const root = '/sys/class/rtc/rtc0';
  if (!(await machine.exists(root))) {
    const found = say(
      'none: after a power cut the time is wrong until the network is back',
      "aucune : après une coupure l'heure est fausse jusqu'au retour du réseau",
    );
    return finding('not-applicable', subject, found);
  }
  const seconds = Number((await machine.text(`${root}/since_epoch`))?.trim() || Number.NaN);
  if (!Number.isFinite(seconds)) return finding('unknown', subject, say('there, but it cannot be read', 'présente, mais illisible'));
  // The Raspberry Pi 5 tells the voltage of its battery, in µV (driver rtc-rpi); its clock runs without one until the power goes.
  const battery = Number((await machine.text(`${root}/battery_voltage`))?.trim() || Number.NaN);
  if (battery < FLAT_UV) {
    const found = say('its battery is missing or flat', 'sa pile manque ou est vide');
    const mend = say('Plug the RTC battery into its connector (BAT)', 'Branchez la pile RTC sur son connecteur (BAT)');
    return finding('warning', subject, found, mend);
  }
  const driftS = Math.round(Math.abs(seconds - nowMs / 1000));
  const name = (await machine.text(`${root}/name`))?.trim().split(' ')[0] ?? 'rtc0';
  const mend = say('Put a battery in it, and set it: hwclock --systohc', 'Mettez-y une pile, et réglez-la : hwclock --systohc');
  const found = say(`${name}, ${driftS} s from the wall clock`, `${name}, à ${driftS} s de l'heure`);
  return finding(driftS > DRIFT_S ? 'warning' : 'ok', subject, found, mend);
}
