import { hostname } from 'node:os';
import { EXIT, Fault, messageOf } from '../fault.js';
import { controlKey } from '../kd-text/control-keys.js';
import type { PipeEnd } from '../kd-text/kd-options.js';
import type { Console } from './console.js';
import { type DebuggingServer, openServer, PipeInUse } from './server.js';

/** What clients of the shared pipe may do. */
export interface Guests {
  typed(text: string, client: string): void;
  /** A client asks for a break-in. */
  interrupt(client: string): void;
  left(client: string): void;
  /** Tells everybody who has joined. */
  announce(text: string): void;
  /** The prompt that stands on everybody's screen; empty while the target runs. */
  prompt(): string;
}

/**
 * Opens the pipe that other kds join by (`-server npipe:pipe=NAME`): they see what has been printed so far, everything from
 * now on, and type as if they sat here.
 * @throws Fault `server-busy`, `server-broken`, after the text that kd prints about it
 */
export async function share(end: PipeEnd, screen: Console, guests: Guests): Promise<DebuggingServer> {
  const takeAway = new Map<string, () => void>();
  try {
    return await openServer(end, {
      joined(sink, hello, announcement) {
        sink.write(screen.history(hello.lines));
        takeAway.set(sink.id, screen.add(sink));
        guests.announce(announcement);
        screen.print(guests.prompt(), { only: sink.id });
        if (hello.breaks) guests.interrupt(sink.id);
      },
      typed(client, text) {
        if (controlKey(text) === 'break') guests.interrupt(client);
        else if (controlKey(text) === undefined) guests.typed(text, client);
      },
      breaks: (client) => guests.interrupt(client),
      left(client) {
        takeAway.get(client)?.();
        guests.left(client);
      },
    });
  } catch (error) {
    throw failure(end, screen, error);
  }
}

function failure({ pipe }: PipeEnd, screen: Console, error: unknown): Fault {
  const busy = error instanceof PipeInUse;
  const [why, code] = busy ? ['the pipe is in use', '0x800700e7'] : [messageOf(error), '0x80004005'];
  screen.line(`Unable to start server 'npipe:pipe=${pipe}' on ${hostname()}: ${why}, HRESULT ${code}`);
  return busy
    ? new Fault(
        'server-busy',
        EXIT.busy,
        `The pipe "${pipe}" is in use.`,
        'Give another name: -server npipe:pipe=NAME.',
      )
    : new Fault(
        'server-broken',
        EXIT.missing,
        `The pipe "${pipe}" cannot be opened: ${why}.`,
        'Look who may write where pipes are.',
      );
}
