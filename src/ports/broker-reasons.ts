/** Why a broker can not be reached, in words that say what to look at. */

/** CONNACK return codes (MQTT 3.1.1, 3.2.2.3). Mosquitto answers 5 also to a wrong password. */
const REFUSALS: Readonly<Record<number, string>> = {
  1: 'the broker does not speak MQTT 3.1.1',
  2: 'the broker refuses our client id',
  3: 'the broker is not available yet',
  4: 'the broker refuses user name or password',
  5: 'the broker refuses user name or password',
};
const NETWORK: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'no broker listens there',
  ENOTFOUND: 'the name of the broker is not known',
  EAI_AGAIN: 'the name of the broker is not known',
  EHOSTUNREACH: 'the broker can not be reached over the network',
  ENETUNREACH: 'the broker can not be reached over the network',
  ETIMEDOUT: 'the broker does not answer',
  ECONNRESET: 'the broker closed the connection',
  ERR_MODULE_NOT_FOUND: 'the mqtt package is not installed',
  CERT_HAS_EXPIRED: "the broker's certificate has expired",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the broker's certificate is signed by an unknown authority: name its ca",
  SELF_SIGNED_CERT_IN_CHAIN: "the broker's certificate is signed by an unknown authority: name its ca",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the broker's certificate is signed by an unknown authority: name its ca",
  ERR_TLS_CERT_ALTNAME_INVALID: "the broker's certificate is for another name than the one in its address",
  EPROTO: 'the broker does not speak TLS on this port',
};

/** The cause, without passwords: errors of the network never carry any. */
export function explainBrokerError(error: unknown): string {
  const { code, message } = (typeof error === 'object' && error !== null ? error : {}) as { code?: string | number; message?: string };
  const known = typeof code === 'number' ? REFUSALS[code] : NETWORK[code ?? ''];
  if (known !== undefined) return known;
  if (message === 'connack timeout') return 'the broker does not answer';
  return message || String(code ?? error);
}

/** What is wrong with the address, for good: undefined when it can be tried. */
export function addressProblem(url: string): string | undefined {
  const protocol = URL.canParse(url) ? new URL(url).protocol : '';
  if ((protocol === 'mqtt:' || protocol === 'mqtts:') && new URL(url).hostname !== '') return undefined;
  return 'the address of the broker is not of the form mqtt://host:1883 or mqtts://host:8883: mend it and restart';
}
