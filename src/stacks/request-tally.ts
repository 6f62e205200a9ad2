import type { RequestLine } from '../kd-text/pool/pool-lines.js';
import { type PoolRequest, requestOfLine } from './attribute/pool-request.js';
import type { SizeSource } from './findings.js';
import { Interned } from './interned.js';

const REMEMBERED = 1000;
/** Different requests for special pool: sizes up to a page, under a few tags and types. */
const REQUESTS = 65_536;

/** What hits asked for, added up over all of them. */
export class RequestTally {
  /** Bytes that frees gave back, over the hits that told: at breaks of PoolHitTag. */
  freedBytes = 0;
  freedSized = 0;
  readonly tags = new Map<number, number>();
  /** Types of pool, where a line of a breakpoint's own commands said them. */
  readonly types = new Map<number, number>();
  /** What such lines said, by number; nothing beyond the limit. */
  readonly #lines = new Interned<PoolRequest | null>(REQUESTS, null);
  /** How many sizes came from where. */
  readonly #sizes: Record<SizeSource, number> = { printed: 0, registers: 0, arguments: 0, 'home-slots': 0 };

  numberOf(line: RequestLine): number {
    return this.#lines.number(`${line.size} ${line.tag} ${line.type}`, requestOfLine(line) ?? null);
  }

  /** What a numbered line asked for, of so many hits that said the same. */
  said(number: number, hits: number): PoolRequest | undefined {
    const request = number === 0 ? null : this.#lines.value(number);
    return request ? { ...request, bytes: request.bytes * hits } : undefined;
  }

  /** @param hits negative to take a request back */
  count({ tag, type, bytes, from }: PoolRequest, hits: number): void {
    if (tag !== 0) add(this.tags, tag, hits);
    if (type !== undefined) add(this.types, type, hits);
    if (bytes >= 0) this.#sizes[from] += hits;
  }

  get sizesFrom(): SizeSource[] {
    return (Object.keys(this.#sizes) as SizeSource[]).filter((source) => this.#sizes[source] > 0);
  }
}

function add(to: Map<number, number>, key: number, hits: number): void {
  if (!to.has(key) && to.size >= REMEMBERED) return;
  const sum = (to.get(key) ?? 0) + hits;
  if (sum > 0) to.set(key, sum);
  else to.delete(key);
}
