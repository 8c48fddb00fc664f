/** The broker: is its name known, does it let us in, and how fast does a message come back. One short, unretained message is sent. */
import type { Text } from '../model.ts';
import type { BrokerConnection } from '../ports/types.ts';
import { inFrench } from './broker-words.ts';
import { finding, messageOf, same, say } from './say.ts';
import type { Check, Finding, Scene } from './types.ts';

const CONNECT_MS = 12_000;
const ECHO_MS = 5_000;
/** A broker in the house answers in a few milliseconds. */
const SLOW_MS = 500;

export const broker: Check = {
  id: 'broker',
  title: say('MQTT broker', 'Serveur MQTT'),
  limitMs: 25_000,
  async run(scene) {
    const { access, reason } = scene.broker;
    const name = say('Name', 'Nom');
    if (access === undefined) {
      const mend = say('Name it: --broker mqtt://host:1883', 'Indiquez-le : --broker mqtt://hôte:1883');
      if (reason === '') return [finding('not-applicable', name, say('none named', 'aucun indiqué'), mend)];
      return [finding('failed', name, same(reason), mend)];
    }
    const url = URL.canParse(access.url) ? new URL(access.url) : undefined;
    if (url === undefined || !/^mqtts?:$/.test(url.protocol) || url.hostname === '') {
      const mend = say('Write mqtt://host:1883 or mqtts://host:8883', 'Écrivez mqtt://hôte:1883 ou mqtts://hôte:8883');
      return [finding('failed', name, say('its address has not the right form', "son adresse n'a pas la bonne forme"), mend)];
    }
    const resolved = await resolves(scene, url.hostname.replace(/^\[|\]$/g, ''));
    if (resolved.status === 'failed') return [resolved];
    return [resolved, ...(await visit(scene, `${url.protocol}//${url.host}`))];
  },
};

async function resolves({ machine }: Scene, host: string): Promise<Finding> {
  const subject = say('Name', 'Nom');
  try {
    const address = await machine.resolve(host);
    return finding('ok', subject, address === host ? same(host) : say(`${host} is ${address}`, `${host} est ${address}`));
  } catch (error) {
    const mend = say('Check its spelling, or give its IP address', "Vérifiez l'orthographe, ou donnez son adresse IP");
    const found = say(`${host} is not known: ${messageOf(error)}`, `${host} n'est pas connu : ${messageOf(error)}`);
    return finding('failed', subject, found, mend);
  }
}

/** `shown`: the address without user and password. */
async function visit({ broker: { access }, brokers, clock, house, random }: Scene, shown: string): Promise<Finding[]> {
  const login = say('Connection and login', 'Connexion et identification');
  const echo = say('Echo', 'Écho');
  if (access === undefined) return [];
  const mark = Math.floor(random() * 2 ** 32)
    .toString(16)
    .padStart(8, '0');
  const topic = `${house.topicRoot}/doctor/${mark}`;
  const entered = waiting<string>();
  const returned = waiting<string>();
  // The will is another unretained message to the same topic, sent only if we are cut off.
  const options = { ...access, clientId: `boxenergie-doctor-${mark}`, will: { topic, payload: 'gone', retain: false } };
  await using connection = brokers.connect(options, [topic], {
    onConnect: () => entered.settle('ok'),
    onDisconnect: (reason) => entered.settle(reason),
    onMessage: ({ payload }) => Buffer.from(payload).toString() === mark && returned.settle('ok'),
  });
  const cancel = [clock.after(CONNECT_MS, () => entered.settle('the broker does not answer'))];
  try {
    const answer = await entered.promise;
    if (answer !== 'ok') return [finding('failed', login, say(`${shown}: ${answer}`, `${shown} : ${inFrench(answer)}`), mendOf(answer))];
    cancel.push(clock.after(ECHO_MS, () => returned.settle('late')));
    const how =
      access.username === undefined
        ? say('without a user name', "sans nom d'utilisateur")
        : say('user name and password accepted', 'nom et mot de passe acceptés');
    const accepted = finding('ok', login, say(`${shown}, ${how.en}`, `${shown}, ${how.fr}`));
    return [accepted, await echoed(connection, { topic, mark, echo, returned: returned.promise, clock })];
  } finally {
    for (const each of cancel) each();
  }
}

interface Echo {
  readonly topic: string;
  readonly mark: string;
  readonly echo: Text;
  readonly returned: Promise<string>;
  readonly clock: Scene['clock'];
}

async function echoed(connection: BrokerConnection, { topic, mark, echo, returned, clock }: Echo): Promise<Finding> {
  const sentMs = clock.monotonicMs();
  const refused = connection.publish(topic, mark, { qos: 1, retain: false }).then(
    () => new Promise<never>(() => undefined),
    (error: unknown) => messageOf(error),
  );
  const answer = await Promise.race([returned, refused]);
  const ms = Math.round(clock.monotonicMs() - sentMs);
  const access = say(
    `Let this user publish and read ${topic.split('/')[0]}/#`,
    `Laissez cet utilisateur publier et lire ${topic.split('/')[0]}/#`,
  );
  if (answer === 'late') return finding('failed', echo, say('a message does not come back', 'un message ne revient pas'), access);
  if (answer !== 'ok') return finding('failed', echo, say(`a message is refused: ${answer}`, `un message est refusé : ${answer}`), access);
  const slow = say('Check the network, a cable instead of Wi-Fi', 'Vérifiez le réseau, un câble plutôt que le Wi-Fi');
  return finding(ms > SLOW_MS ? 'warning' : 'ok', echo, say(`a message comes back in ${ms} ms`, `un message revient en ${ms} ms`), slow);
}

function mendOf(reason: string): Text {
  if (/user name or password/.test(reason))
    return say('Check user and password on the broker', 'Vérifiez utilisateur et mot de passe sur le serveur');
  if (/certificate|TLS/.test(reason))
    return say('Name its certificate authority: --ca FILE', 'Indiquez son autorité de certification : --ca FICHIER');
  if (/access list/.test(reason)) return say('Let this user read boxenergie/#', 'Laissez cet utilisateur lire boxenergie/#');
  return say('Start the broker, check its address and port', 'Démarrez le serveur, vérifiez son adresse et son port');
}

interface Waiting<T> {
  readonly promise: Promise<T>;
  settle(value: T): void;
}
function waiting<T>(): Waiting<T> {
  const { promise, resolve } = Promise.withResolvers<T>();
  return { promise, settle: resolve };
}
