import type { SerialPort } from 'serialport';

/** What the library's ports wait by on POSIX systems. Source: @serialport/bindings-cpp, poller.js and poller.cpp. */
interface Poller {
  poll(events: number): void;
  once(event: 'disconnect', call: (error: (Error & { readonly canceled?: boolean }) | null) => void): void;
  listenerCount(event: string): number;
}

const EVENTS = { readable: 1, writable: 2, disconnect: 4 } as const;

/**
 * Mends two things about a port of the library that is open, where it is one that waits by polling.
 * Whoever waits for one event ends the waiting for the others, so that a write into a full buffer may wait until the other end
 * says something: all of them are waited for. And of a port that was hung up (an adapter was pulled out, the other end of a pty is
 * gone) reading gives no bytes and no error, again and again without a word: the hang-up is told.
 */
export function mendPoller({ port }: SerialPort, hungUp: () => void): void {
  const { poller } = (port ?? {}) as { readonly poller?: Poller };
  if (!poller) return;
  const poll = poller.poll.bind(poller);
  poller.poll = (events) => {
    const waited = Object.entries(EVENTS).filter(([name]) => poller.listenerCount(name) > 0);
    poll(waited.reduce((all, [, event]) => all | event, events));
  };
  poller.once('disconnect', (error) => {
    // Closing tells it too.
    if (!error?.canceled) hungUp();
  });
}
