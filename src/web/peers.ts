/** Who may look: this machine, and the Supervisor's ingress proxy. */

/** Address from which the Supervisor forwards ingress requests (Home Assistant developer documentation, security). */
const INGRESS = '172.30.32.2';

/** True for the ingress proxy and for loopback, also when written as IPv4 inside IPv6. */
export function isTrustedPeer(address: string | undefined): boolean {
  const plain = (address ?? '').replace(/^::ffff:/i, '');
  return plain === INGRESS || plain === '::1' || plain.startsWith('127.');
}
