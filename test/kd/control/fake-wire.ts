import type { Wire } from '../../../src/kd/control/requests.js';
import type { ExchangeResult } from '../../../src/kd/wire/exchange.js';
import { LineQuality } from '../../../src/kd/wire/line-quality.js';
import { emptyStatistics } from '../../../src/kd/wire/link-statistics.js';

/** What a fake target does about a request. */
export interface FakeAnswer {
  /** NTSTATUS; 0 by default. */
  readonly status?: number;
  /** 32-bit fields of the reply, by offset. */
  readonly fields?: Readonly<Record<number, number>>;
  readonly data?: Uint8Array;
}

export const refused: FakeAnswer = { status: 0xc000_0001 };

/** Answers requests without a line: what it says is up to a test. */
export class FakeWire implements Wire {
  readonly requests: Buffer[] = [];
  /** The line made every request go out twice. */
  repeated = false;

  constructor(private readonly answer: (request: Buffer) => FakeAnswer) {}

  /** API numbers of the requests. */
  get apis(): number[] {
    return this.requests.map((request) => request.readUInt32LE(0));
  }

  async request(payload: Buffer): Promise<ExchangeResult> {
    this.requests.push(payload);
    const { status = 0, fields = {}, data = Buffer.alloc(0) } = this.answer(payload);
    const reply = Buffer.concat([payload.subarray(0, 56), data]);
    reply.writeUInt32LE(status >>> 0, 8);
    for (const [offset, value] of Object.entries(fields)) reply.writeUInt32LE(value, Number(offset));
    return { reply, confirmed: true, repeated: this.repeated };
  }

  async command(payload: Buffer): Promise<ExchangeResult> {
    this.requests.push(payload);
    return { reply: Buffer.alloc(0), confirmed: true, repeated: this.repeated };
  }
}

/** A target that has nothing but memory: `read` gives what is there. */
export function memoryWire(read: (address: bigint, length: number) => Uint8Array): FakeWire {
  return new FakeWire((request) => {
    const length = request.readUInt32LE(24);
    const data = read(request.readBigUInt64LE(16), length);
    return { status: data.length < length ? 0xc000_0001 : 0, fields: { 28: data.length }, data };
  });
}

/** A line that never showed an error. */
export function noDoubt(): LineQuality {
  return new LineQuality(emptyStatistics());
}
