/** The ports of a real machine. Each loads its package when something is opened, not before. */
import { mqttBrokers } from './broker.ts';
import { nodeFiles } from './files.ts';
import { type GpioBackend, kernelGpio } from './gpio.ts';
import { kernelI2c } from './i2c.ts';
import { smtpMail } from './mail.ts';
import { kernelSerial } from './serial.ts';
import type { Ports } from './types.ts';

export function realPorts(backend: GpioBackend): Ports {
  return {
    serial: kernelSerial(),
    i2c: kernelI2c(),
    gpio: kernelGpio(backend),
    brokers: mqttBrokers(),
    files: nodeFiles(),
    mail: smtpMail(),
  };
}
