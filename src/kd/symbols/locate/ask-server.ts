import { messageOf, systemCode } from '../../../fault.js';
import { type LocateOptions, TIMEOUTS } from './locate-options.js';
import { isServer } from './symbol-path.js';

const MOST_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** A server's answer of which only the head is here. */
export interface ServerAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** The body, piece by piece. @throws NetworkError when none comes for too long, or the connection ends early */
  body(): AsyncGenerator<Uint8Array>;
  /** Ends the connection. */
  drop(): void;
}

/** What went wrong between here and a server; the message is a sentence's end: `…: it refused the connection`. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
}

/** Asks for a file, through redirections. @throws NetworkError; the signal's reason when that is aborted */
export async function askServer(
  url: string,
  headers: Record<string, string>,
  options: LocateOptions,
): Promise<ServerAnswer> {
  const get = options.fetch ?? globalThis.fetch;
  const { connect, idle } = options.timeouts ?? TIMEOUTS;
  const ended = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, ended.signal]) : ended.signal;
  const within = async <Result>(limit: number, what: string, work: () => Promise<Result>): Promise<Result> => {
    const timer = setTimeout(() => ended.abort(new NetworkError(`${what} for ${limit / 1000} s`)), limit);
    try {
      return await work();
    } catch (error) {
      options.signal?.throwIfAborted();
      throw ended.signal.aborted ? ended.signal.reason : new NetworkError(inWords(error));
    } finally {
      clearTimeout(timer);
    }
  };
  let response: Response | undefined;
  for (let hops = 0, at = url; !response; hops++) {
    const sent = { ...headers, 'accept-encoding': 'identity', 'user-agent': 'livedebug' };
    const answer = await within(connect, 'it did not answer', () =>
      get(at, { headers: sent, redirect: 'manual', signal }),
    );
    const to = REDIRECTS.has(answer.status) ? answer.headers.get('location') : null;
    if (to === null) response = answer;
    else {
      at = redirected(at, to, hops);
      await answer.body?.cancel();
    }
  }
  const { status, body } = response;
  return {
    status,
    headers: response.headers,
    drop: () => ended.abort(),
    async *body() {
      const reader = body?.getReader();
      while (reader) {
        const { done, value } = await within(idle, 'nothing came', () => reader.read());
        if (done) return;
        yield value;
      }
    },
  };
}

function redirected(from: string, to: string, hops: number): string {
  if (hops >= MOST_REDIRECTS) throw new NetworkError('too many redirects');
  const target = URL.canParse(to, from) ? new URL(to, from).href : to;
  if (!isServer(target)) throw new NetworkError(`it redirects to ${to.slice(0, 200)}, which is not a server`);
  if (/^https:/i.test(from) && !/^https:/i.test(target))
    throw new NetworkError('it redirects from https to http, where anybody on the way could answer');
  return target;
}

const WORDS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'host not found (is there a network?)',
  EAI_AGAIN: 'its name cannot be looked up now (is there a network?)',
  ECONNREFUSED: 'it refused the connection',
  ECONNRESET: 'it ended the connection',
  UND_ERR_SOCKET: 'the connection ended early',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the connection ended early',
  UND_ERR_CONNECT_TIMEOUT: 'it did not answer',
  ENETUNREACH: 'network unreachable',
};

/** fetch says what happened in the cause of its error, as a rule. */
function inWords(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return WORDS[systemCode(cause) ?? ''] ?? systemCode(cause) ?? messageOf(cause);
}
