/** The ports of a real machine. Each loads its package when something is opened, not before. */
import { mqttBrokers } from './broker.ts';
import { kernelCan } from './can.ts';
import { httpCertified } from './certified.ts';
import { systemClock } from './clock.ts';
import { nodeDisks } from './disks.ts';
import { nodeFiles } from './files.ts';
import { type GpioBackend, kernelGpio } from './gpio.ts';
import { kernelI2c } from './i2c.ts';
import { processKeepers } from './keeper.ts';
import { smtpMail } from './mail.ts';
import { kernelModbus } from './modbus.ts';
import { kernelSerial } from './serial.ts';
import { sharedSerial } from './serial-shared.ts';
import { sharedConnection } from './subscriptions.ts';
import type { Ports } from './types.ts';

export function realPorts(backend: GpioBackend): Ports {
  const serial = kernelSerial();
  return {
    serial,
    serialLines: sharedSerial(serial, systemClock()),
    i2c: kernelI2c(),
    gpio: kernelGpio(backend),
    keepers: processKeepers(systemClock()),
    can: kernelCan({ serial }),
    modbus: kernelModbus(serial),
    ...sharedConnection(mqttBrokers(), systemClock()),
    files: nodeFiles(),
    disks: nodeDisks(),
    mail: smtpMail(),
    certified: httpCertified('github.com/boxenergie/boxenergie'),
  };
}
