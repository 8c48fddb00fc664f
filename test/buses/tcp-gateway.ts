/** A Modbus TCP gateway on a real socket of this machine: it answers as recorded, or misbehaves in one of the ways networks do. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { SDM120_RECORDED } from '../drivers/eastron-recorded.ts';
import { answerOf, type Recorded } from '../drivers/epever-unit.ts';

export type TcpConduct =
  | 'sound'
  /** Every byte in a packet of its own. */
  | 'in pieces'
  /** The connection is reset after half of an answer. */
  | 'reset in mid-frame'
  /** The connection is ended after half of an answer, as when a gateway restarts in good order. */
  | 'ended in mid-frame'
  | 'silent'
  /** Answers a question together with the one before, which it left unanswered. */
  | 'late'
  | 'wrong unit'
  | 'wrong transaction'
  /** The head promises more bytes than ever come. */
  | 'half and no more'
  | 'refusing';

export interface TcpGateway {
  readonly host: string;
  readonly port: number;
  /** How it treats each unit; `sound` unless told otherwise. */
  readonly conducts: Map<number, TcpConduct>;
  /** Connections that are open now, and all there ever were. */
  readonly open: number;
  readonly accepted: number;
  /** Gone: nobody listens, all connections are reset. */
  down(): Promise<void>;
  /** Back on the same port. */
  up(): Promise<void>;
}

const HOST = '127.0.0.1';
/** Transaction, protocol (2), length, then unit, function and the rest without checksum. */
const HEAD_BYTES = 6;

/** The registers that an SDM120 gave. */
export const WORDS: Recorded = new Map(
  SDM120_RECORDED.flatMap(([address, text]) => {
    const bytes = Buffer.from(text.replaceAll(' ', ''), 'hex').subarray(3, 7);
    return [0, 2].map((at): [string, number] => [`4:${address + at / 2}`, bytes.readUInt16BE(at)]);
  }),
);

export async function tcpGateway(): Promise<TcpGateway> {
  const conducts = new Map<number, TcpConduct>();
  const peers = new Set<Socket>();
  let accepted = 0;
  let server = await listening(0);
  const { port } = server.address() as AddressInfo;

  async function listening(at: number): Promise<Server> {
    const opened = createServer({ noDelay: true }, (peer) => {
      accepted += 1;
      peers.add(peer);
      peer.on('close', () => peers.delete(peer));
      peer.on('error', () => undefined);
      peer.on('data', (bytes) => {
        for (let from = 0; from + HEAD_BYTES < bytes.length; from += HEAD_BYTES + bytes.readUInt16BE(from + 4)) {
          const question = bytes.subarray(from, from + HEAD_BYTES + bytes.readUInt16BE(from + 4));
          respond(peer, question, conducts.get(question[HEAD_BYTES] ?? 0) ?? 'sound');
        }
      });
    });
    opened.listen(at, HOST);
    await once(opened, 'listening');
    return opened;
  }
  return {
    host: HOST,
    port,
    conducts,
    get open() {
      return peers.size;
    },
    get accepted() {
      return accepted;
    },
    async down() {
      const closed = once(server, 'close');
      server.close();
      for (const peer of peers) peer.resetAndDestroy();
      await closed;
    },
    async up() {
      server = await listening(port);
    },
  };
}

/** The answer to a question, with its transaction and without the checksum of a line. */
export function tcpAnswer(question: Buffer, { unit = question[6] ?? 0, transaction = question.readUInt16BE(0) } = {}): Buffer {
  const line = answerOf(Buffer.concat([question.subarray(HEAD_BYTES), Buffer.alloc(2)]), WORDS);
  const body = Buffer.from([unit, ...line.subarray(1, -2)]);
  return Buffer.concat([Buffer.from([transaction >> 8, transaction & 0xff, 0, 0, 0, body.length]), body]);
}

const late = new WeakMap<Socket, Buffer>();

function respond(peer: Socket, question: Buffer, conduct: TcpConduct): void {
  const sound = tcpAnswer(question);
  const half = sound.subarray(0, sound.length >> 1);
  const [unit = 0, code = 0] = question.subarray(HEAD_BYTES);
  switch (conduct) {
    case 'sound':
      return void peer.write(sound);
    case 'in pieces':
      for (const byte of sound) peer.write(Buffer.of(byte));
      return;
    case 'late':
      if (late.has(peer)) peer.write(Buffer.concat([late.get(peer) ?? Buffer.alloc(0), sound]));
      return void (late.delete(peer) || late.set(peer, sound));
    case 'reset in mid-frame':
      return void peer.write(half, () => peer.resetAndDestroy());
    case 'ended in mid-frame':
      return void peer.end(half);
    case 'silent':
      return;
    case 'wrong unit':
      return void peer.write(tcpAnswer(question, { unit: unit + 4 }));
    case 'wrong transaction':
      return void peer.write(tcpAnswer(question, { transaction: (question.readUInt16BE(0) + 1) & 0xffff }));
    case 'half and no more':
      return void peer.write(half);
    case 'refusing':
      return void peer.write(Buffer.from([...question.subarray(0, 4), 0, 3, unit, code | 0x80, 4]));
  }
}
