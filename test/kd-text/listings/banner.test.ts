import { expect, it } from 'vitest';
import {
  ESTABLISHED,
  formatBanner,
  formatKernelVersion,
  isEstablished,
  parseKdVersion,
  parseKernelVersion,
  parseWaitingToReconnect,
  WAITING_TO_RECONNECT,
} from '../../../src/kd-text/listings/banner.js';
import { formatRetry, parseRetry } from '../../../src/kd-text/retry.js';
import { formatShutdown, parseSessionTime, parseShutdown } from '../../../src/kd-text/session-time.js';

const SEVEN = { name: 'Windows 7', build: 7601, architecture: 'x64', pointer64: true };

it('reads whose kd it is', () => {
  expect(formatBanner('10.0.29507.1001', 'AMD64').map(parseKdVersion).filter(Boolean)).toEqual([
    { version: '10.0.29507.1001', architecture: 'AMD64' },
  ]);
  expect(parseKdVersion('livedebug Kernel Debugger Version 0.1.0 AMD64')?.version).toBe('0.1.0');
  expect(parseKdVersion('Microsoft (R) Windows Debugger  Version 6.3.0017.0')?.version).toBeUndefined();
});

it('reads which Windows it is', () => {
  expect(parseKernelVersion(formatKernelVersion(SEVEN, 2, 1))).toEqual({
    begins: true,
    build: 7601,
    rest: ' (Service Pack 1) MP (2 procs) Free x64',
  });
  expect(parseKernelVersion('Kernel Version 0 Free x86')?.begins).toBe(false);
  expect(parseKernelVersion('Windows 7 Kernel Version')).toBeUndefined();
});

it('reads how the link stands', () => {
  expect(isEstablished(`${ESTABLISHED}  (Initial Breakpoint requested)`)).toBe(true);
  expect(parseWaitingToReconnect(WAITING_TO_RECONNECT)).toBe('...');
  expect(parseWaitingToReconnect('Waiting for something')).toBeUndefined();
  expect(formatRetry(64).map(parseRetry)).toEqual([{ times: 64 }, undefined, undefined]);
  expect(parseRetry('... Retry sending the same')).toEqual({ times: undefined });
});

it('reads that the target restarts, and when', () => {
  const line = formatShutdown(new Date(Date.UTC(2018, 6, 25, 13, 34, 14, 874)));
  expect(parseShutdown(line)).toBe(' at (Wed Jul 25 13:34:14.874 2018 (UTC + 0:00))...unloading all symbol tables.');
  expect(parseSessionTime(line)).toBe(Date.UTC(2018, 6, 25, 13, 34, 14, 874));
  expect(parseShutdown('Shutdown')).toBeUndefined();
});
