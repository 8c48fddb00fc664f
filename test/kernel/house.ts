/** The guest's hardware and the program on it: simulated chips, wires played from here, values heard at the broker. */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import mqtt, { type MqttClient } from 'mqtt';
import type { Value } from '../../src/model.ts';
import { startEmbeddedBroker } from '../../src/ports/sim/broker.ts';
import { type Machine, type MachineOptions, startMachine, work } from './machine.ts';
import { createTrace, type Trace } from './trace.ts';

export const RELAYS = { rs_01: 5, rs_02: 6, rs_03: 13, rs_04: 19, rs_05: 26 } as const;
/** All but the last are active-low, as most relay boards. */
export const ACTIVE_HIGH = 'rs_05';
export const STUB_ADDRESSES = [0x40, 0x41, 0x44, 0x45] as const;
/** On the bus whose chips come and go. */
export const LOOSE_ADDRESS = 0x48;
/** Beside it; its `conversion ready` is always set. */
export const INA226_ADDRESS = 0x49;
const CHIP = '/sys/devices/platform/gpio-sim.0';

export interface House extends AsyncDisposable {
  readonly machine: Machine;
  readonly trace: Trace;
  /** The power fails and comes back: by the reset button, or by the plug. */
  powerCut(kind: 'reset' | 'plug'): Promise<void>;
  /** Newest values of a device, as Home Assistant gets them. */
  values(device: string): Readonly<Record<string, Value>>;
  available(device: string): boolean;
  /** When the newest message of a device came, ms since the start of this process. */
  heardMs(device: string): number;
  command(device: string, key: string, payload: string): Promise<void>;
  /** Waits until it holds; rejects with the newest values otherwise. Gives the waiting time in ms. */
  until(what: string, holds: () => boolean, limitMs?: number): Promise<number>;
  /** Starts the program and waits until it announces itself. Gives the time in ms. */
  start(config: string): Promise<number>;
  /** SIGTERM; gives exit code and time. */
  stop(): Promise<{ readonly code: number; readonly ms: number }>;
  /** The program's output. */
  log(): Promise<string>;
  /** Level of the wire, as the relay board sees it. */
  level(line: number): Promise<0 | 1>;
  pullFile(line: number): string;
  forget(): void;
}

/** Ready to hold what a house forgets at a power cut. `size` in megabytes. */
export function makeDataDisk(name: string, size = 64): string {
  const file = join(work(), `${name}.ext4`);
  rmSync(file, { force: true });
  execFileSync('mke2fs', ['-q', '-t', 'ext4', '-m', '0', file, `${size}M`]);
  return file;
}

const RUN =
  'NODE_OPTIONS="--import /opt/boxenergie/stall.mjs" /opt/boxenergie/boxenergie run --config /data/house.yaml --data /data/store --broker mqtt://10.0.2.100:1883';

/** Makes /tmp/service, which does what s6 and the Supervisor do together: a program that ends badly is started again, a stopped one is not. */
export const SERVICE = `cat > /tmp/service <<'END'
#!/bin/sh
while :; do
  ${RUN} >> /data/log 2>&1 &
  echo $! > /tmp/pid
  wait $!
  code=$?
  echo $code > /tmp/code
  [ $code = 0 ] && exit
  sleep 1
done
END
chmod +x /tmp/service`;

/** Shell lines that give the guest its chips: also what runs by itself after a power cut. */
export const HARDWARE = `
cd /sys/kernel/config/gpio-sim && mkdir -p header/bank0 && cd header
echo pinctrl-bcm2711 > bank0/label && echo 58 > bank0/num_lines && echo 1 > live
modprobe i2c-stub chip_addr=${[...STUB_ADDRESSES, 0x46].map((address) => `0x${address.toString(16)}`).join(',')}
modprobe i2c-lab
for chip in ${LOOSE_ADDRESS} ${INA226_ADDRESS}; do echo $chip > /sys/module/i2c_lab/parameters/plug; done
for can in vcan0 vcan1; do ip link add dev $can type vcan; ip link set $can up; done
cd ${CHIP}/gpiochip* && for line in 17 27 22 23; do echo pull-up > sim_gpio$line/pull; done
`;

/** A machine with its hardware, not yet the program. `brokerPort` keeps the broker's place between two houses. */
export async function openHouse(options: Omit<MachineOptions, 'brokerPort'>): Promise<House> {
  const stack = new AsyncDisposableStack();
  try {
    const broker = stack.use(await startEmbeddedBroker());
    const client = await mqtt.connectAsync(broker.url, { reconnectPeriod: 200 });
    stack.defer(() => client.endAsync(true));
    let machine = await startMachine({ ...options, brokerPort: broker.port });
    stack.defer(() => machine[Symbol.asyncDispose]());
    await machine.sh(HARDWARE);
    const power: Power = {
      machine: () => machine,
      async cut(kind) {
        if (kind === 'reset') return machine.reset();
        await machine[Symbol.asyncDispose]();
        machine = await startMachine({ ...options, brokerPort: broker.port });
      },
    };
    return await houseOf(power, client, await createTrace(machine), stack);
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

interface Power {
  machine(): Machine;
  cut(kind: 'reset' | 'plug'): Promise<void>;
}

async function houseOf(power: Power, client: MqttClient, trace: Trace, stack: AsyncDisposableStack): Promise<House> {
  const sh = (command: string): Promise<string> => power.machine().sh(command);
  const states = new Map<string, { readonly values: Record<string, Value>; readonly atMs: number }>();
  const available = new Map<string, boolean>();
  let install = '';
  client.on('message', (topic, payload) => {
    const [root, id = '', device = '', kind] = topic.split('/');
    if (root !== 'boxenergie') return;
    install = id;
    if (kind === 'state' && payload.length > 0) {
      states.set(device, { values: JSON.parse(payload.toString()) as Record<string, Value>, atMs: performance.now() });
    } else if (kind === 'available') available.set(device, payload.toString() === 'online');
    else if (device === 'status') available.set('', payload.toString() === 'online');
  });
  await client.subscribeAsync('boxenergie/#');
  const values = (device: string): Readonly<Record<string, Value>> => states.get(device)?.values ?? {};
  const chip = (await sh(`echo ${CHIP}/gpiochip*`)).trim();
  const log = (): Promise<string> => sh('cat /data/log 2>/dev/null || true');
  const until = async (what: string, holds: () => boolean, limitMs = 30_000): Promise<number> => {
    const begun = performance.now();
    while (!holds()) {
      if (performance.now() - begun > limitMs) {
        const seen = JSON.stringify(Object.fromEntries([...states].map(([device, state]) => [device, state.values])));
        throw new Error(`${what}: not within ${limitMs} ms\n${seen}\n${(await log().catch(String)).slice(-3_000)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return performance.now() - begun;
  };
  return {
    get machine() {
      return power.machine();
    },
    trace,
    powerCut: power.cut,
    values,
    available: (device) => available.get('') === true && available.get(device) !== false,
    heardMs: (device) => states.get(device)?.atMs ?? 0,
    command: async (device, key, payload) => {
      await client.publishAsync(`boxenergie/${install}/${device}/${key}/set`, payload, { qos: 1 });
    },
    until,
    async start(config) {
      states.clear();
      available.clear();
      await sh(`cat > /data/house.yaml <<'END'\n${config}\nEND`);
      await sh(`${SERVICE}\nrm -f /tmp/code; setsid /tmp/service >/dev/null 2>&1 </dev/null & echo started`);
      return until('the program announces itself', () => available.get('') === true && states.has('bridge'), 60_000);
    },
    async stop() {
      const begun = performance.now();
      await sh(
        'rm -f /tmp/code; kill -TERM $(cat /tmp/pid); for i in $(seq 200); do [ -f /tmp/code ] && exit 0; usleep 50000; done; exit 1',
      );
      const code = Number(await sh('cat /tmp/code'));
      return { code, ms: performance.now() - begun };
    },
    log,
    level: async (line) => ((await sh(`cat ${chip}/sim_gpio${line}/value`)).trim() === '1' ? 1 : 0),
    pullFile: (line) => `${chip}/sim_gpio${line}/pull`,
    forget() {
      states.clear();
      available.clear();
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
