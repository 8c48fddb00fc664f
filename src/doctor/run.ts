/** Runs the checks one after the other, each within its time: a check that hangs or breaks is unknown, and the next one runs. */
import { finding, messageOf, say } from './say.ts';
import type { Check, Finding, Report, Scene } from './types.ts';

/** `onReport` is told as soon as a check is through. Never rejects. */
export async function runChecks(checks: readonly Check[], scene: Scene, onReport: (report: Report) => void): Promise<readonly Report[]> {
  const reports: Report[] = [];
  for (const check of checks) {
    const report = { id: check.id, title: check.title, findings: await inTime(check, scene) };
    reports.push(report);
    onReport(report);
  }
  return reports;
}

async function inTime(check: Check, scene: Scene): Promise<readonly Finding[]> {
  const stop = new AbortController();
  const done = new AbortController();
  const late = scene.clock.sleep(check.limitMs, done.signal).then(
    () => [tooLate(check)],
    () => [],
  );
  try {
    return await Promise.race([check.run(scene, stop.signal), late]);
  } catch (error) {
    const why = messageOf(error);
    return [finding('unknown', check.title, say(`the check itself broke: ${why}`, `le contrôle lui-même a échoué : ${why}`))];
  } finally {
    done.abort(new Error('done'));
    stop.abort(new Error('too late'));
  }
}

function tooLate({ title, limitMs }: Check): Finding {
  const seconds = limitMs / 1000;
  const found = say(`no answer within ${seconds} s`, `pas de réponse en ${seconds} s`);
  return finding(
    'unknown',
    title,
    found,
    say('Restart the machine, then look at this hardware', 'Redémarrez la machine, puis examinez ce matériel'),
  );
}

/** 0 when nothing failed, else 1. */
export function exitCode(reports: readonly Report[]): 0 | 1 {
  return reports.some(({ findings }) => findings.some(({ status }) => status === 'failed')) ? 1 : 0;
}
