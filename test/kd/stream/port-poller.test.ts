import { EventEmitter } from 'node:events';
import type { SerialPort } from 'serialport';
import { beforeEach, describe, expect, it } from 'vitest';
import { mendPoller } from '../../../src/kd/stream/port-poller.js';

const [READABLE, WRITABLE, DISCONNECT] = [1, 2, 4];

/** The library's poller as it is: asking for one event asks for no other one any more. */
class FakePoller extends EventEmitter {
  asked = 0;

  poll(events: number): void {
    this.asked = events;
  }

  override once(event: string, call: (error: Error | null) => void): this {
    this.poll({ readable: READABLE, writable: WRITABLE, disconnect: DISCONNECT }[event] ?? 0);
    return super.once(event, call);
  }
}

describe('the poller of a port', () => {
  let poller: FakePoller;
  let hangUps: number;

  beforeEach(() => {
    poller = new FakePoller();
    hangUps = 0;
    mendPoller({ port: { poller } } as unknown as SerialPort, () => hangUps++);
  });

  it('waits for everything that somebody waits for', () => {
    expect(poller.asked).toBe(DISCONNECT);
    poller.once('writable', () => undefined);
    expect(poller.asked).toBe(DISCONNECT | WRITABLE);
    poller.once('readable', () => undefined);
    expect(poller.asked).toBe(DISCONNECT | WRITABLE | READABLE);
    poller.emit('writable', null);
    poller.once('readable', () => undefined);
    expect(poller.asked).toBe(DISCONNECT | READABLE);
  });

  it('tells a hang-up, with an error or without', () => {
    poller.emit('disconnect', null);
    poller.emit('disconnect', null);
    expect(hangUps).toBe(1);
    mendPoller({ port: { poller } } as unknown as SerialPort, () => hangUps++);
    poller.emit('disconnect', new Error('EBADF'));
    expect(hangUps).toBe(2);
  });

  it('tells no hang-up when the port is closed', () => {
    poller.emit('disconnect', Object.assign(new Error('Canceled'), { canceled: true }));
    expect(hangUps).toBe(0);
  });

  it('is not missed where there is none', () => {
    for (const port of [undefined, {}])
      expect(() => mendPoller({ port } as unknown as SerialPort, () => hangUps++)).not.toThrow();
  });
});
