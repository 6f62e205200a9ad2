import { expect, it } from 'vitest';
import { Input } from '../../../src/kd/console/input.js';

it('gives what others type also after its own end', async () => {
  const input = new Input();
  input.end();
  const { signal } = new AbortController();
  expect(await input.next(signal, false)).toBeUndefined();
  const next = input.next(signal, true);
  input.put({ text: 'bc *', from: 'a client' });
  expect(await next).toEqual({ text: 'bc *', from: 'a client' });
});

it('gives nothing more to whoever stops waiting', async () => {
  const input = new Input();
  const waiting = new AbortController();
  const next = input.next(waiting.signal, true);
  waiting.abort();
  expect(await next).toBeUndefined();
  input.put({ text: 'g' });
  expect(await input.next(new AbortController().signal, true)).toEqual({ text: 'g' });
});
