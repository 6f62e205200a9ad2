import type { StoreKey } from './store-key.js';

/** One place that was looked at, and what came of it. */
export interface Tried {
  readonly where: string;
  readonly what: string;
}

export interface Located {
  /** Undefined if it is nowhere; `tried` says why. */
  readonly file: string | undefined;
  /** It lies in a cache of this program's, where more may be put beside it. */
  readonly kept: boolean;
  readonly tried: readonly Tried[];
}

/** What is looked for. */
export interface Wanted extends StoreKey {
  /**
   * What the beginning of a file promises: how many bytes it has at most, or what is wrong with it. It bounds a download, whose
   * server may send without end.
   */
  readonly most: (head: Buffer) => number | string;
  /** Says what is wrong with a file that has the name; undefined if it is the right one. */
  readonly check: (file: string) => Promise<string | undefined>;
}

export interface LocateOptions {
  /** A download goes on. Bytes; the total is undefined if the server does not say it. */
  readonly progress?: (bytes: number, total: number | undefined, name: string) => void;
  readonly signal?: AbortSignal;
  /** Ask no server; caches are looked into. */
  readonly offline?: boolean;
  readonly fetch?: typeof globalThis.fetch;
  /** ms until a server has to answer, and between two pieces of a file. */
  readonly timeouts?: { readonly connect: number; readonly idle: number };
  /** The cache for servers that are named without one. */
  readonly defaultCache?: string;
  /** Where indices go that cannot lie beside their file. */
  readonly indexFolder?: string;
  /** What servers have shown in this session; without it each call learns it anew. */
  readonly servers?: ServerMemory;
}

/** Spares a halted target from waiting twice for the same dead server. */
export class ServerMemory {
  /** What a server said last when it could not be reached. */
  readonly down = new Map<string, string>();
  /** Does its store have two tiers? */
  readonly tiers = new Map<string, boolean>();
}

export const TIMEOUTS = { connect: 20_000, idle: 30_000 };
