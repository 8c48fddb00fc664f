/** Why a mail did not leave, in words that say what to look at, and whether trying again can help. */

export interface MailFault {
  readonly permanent: boolean;
  readonly reason: string;
}

/** What Node says of sockets and certificates. All of it may pass: the network heals, a certificate is renewed. */
const NETWORK: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'no mail server listens there: check host and port',
  ENOTFOUND: 'the name of the mail server is not known: check host',
  EAI_AGAIN: 'the name of the mail server is not known: check host and network',
  EHOSTUNREACH: 'the mail server can not be reached over the network',
  ENETUNREACH: 'the mail server can not be reached over the network',
  ETIMEDOUT: 'the mail server does not answer',
  ECONNRESET: 'the mail server closed the connection',
  ECONNECTION: 'the mail server closed the connection',
  EDNS: 'the name of the mail server is not known: check host',
  CERT_HAS_EXPIRED: "the mail server's certificate has expired",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the mail server's certificate is signed by an unknown authority: name its ca",
  SELF_SIGNED_CERT_IN_CHAIN: "the mail server's certificate is signed by an unknown authority: name its ca",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the mail server's certificate is signed by an unknown authority: name its ca",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "the mail server's certificate is signed by an unknown authority: name its ca",
  ERR_TLS_CERT_ALTNAME_INVALID: "the mail server's certificate is for another name than host",
  ERR_SSL_WRONG_VERSION_NUMBER: 'the mail server does not begin with TLS on this port: use security starttls',
  ETLS: 'the mail server offers no encryption (STARTTLS) here, nothing was sent: check port and security',
};
/** Faults without an answer of the server that come again each time. */
const PERMANENT: Readonly<Record<string, string>> = {
  EAUTH: 'the mail server refuses user name or password',
  ENOAUTH: 'the mail server wants a user name and a password',
  EENVELOPE: 'a mail address is not one: check from and to',
  EMAXRECIPIENTS: 'too many recipients',
  ECONFIG: 'the mail settings can not work',
  ERR_MODULE_NOT_FOUND: 'the nodemailer package is not installed',
};

/** RFC 5321, 4.2.1: 5yz is for good, 4yz may pass. Without an answer: what is said above. */
export function explainMailError(error: unknown): MailFault {
  const found = (typeof error === 'object' && error !== null ? error : {}) as Readonly<Record<string, unknown>>;
  const code = text(found.code);
  const cause = (found.cause ?? {}) as Readonly<Record<string, unknown>>;
  const permanent = typeof found.permanent === 'boolean' ? found.permanent : undefined;
  const network = [found.originalCode, cause.code, code].map((name) => wordsOf(NETWORK, name)).find((words) => words !== undefined);
  // Someone between us and the server may have cut STARTTLS out: never a reason to give up for good.
  if (network !== undefined && (permanent === undefined || code === 'ETLS')) return { permanent: false, reason: network };
  const words = wordsOf(PERMANENT, code);
  if (permanent !== undefined) {
    const answer = `the mail server answers: ${text(found.response) || text(found.message) || 'no'}`;
    return { permanent, reason: permanent && code === 'EAUTH' ? `${words}; ${answer}` : answer };
  }
  if (words !== undefined) return { permanent: true, reason: words };
  return { permanent: false, reason: text(found.message) || code || text(error) || 'the mail could not be sent' };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function wordsOf(table: Readonly<Record<string, string>>, name: unknown): string | undefined {
  return typeof name === 'string' && Object.hasOwn(table, name) ? table[name] : undefined;
}
