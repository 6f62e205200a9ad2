import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classify } from '../../../src/kd-text/classify.js';
import { win32Code, win32Error } from '../../../src/platform/windows/win32-error.js';

const said = (text: string) => {
  const event = classify(text);
  return event?.kind === 'start-failure' && event.code !== undefined ? event.code : -1;
};

describe('what kd says when it cannot start', () => {
  it.each([
    ['Kernel debugger failed initialization, Win32 error 0n2', 'ERROR_FILE_NOT_FOUND', 'no port or pipe'],
    ['Kernel debugger failed initialization, Win32 error 5', 'ERROR_ACCESS_DENIED', 'another program'],
    ['Kernel debugger failed initialization, HRESULT 0x80070005', 'ERROR_ACCESS_DENIED', 'another program'],
    ['Kernel debugger failed initialization, Win32 error 0n231', 'ERROR_PIPE_BUSY', 'other end'],
    ['Kernel debugger failed initialization, HRESULT 0x800700E7', 'ERROR_PIPE_BUSY', 'other end'],
    ['Kernel debugger failed initialization, HRESULT 0x80004005', 'E_FAIL', 'says no more'],
  ])('%s', (text, name, meaning) => {
    expect(win32Error(said(text))).toMatchObject({ name, meaning: expect.stringContaining(meaning) });
  });

  it('tells a server that refuses from a port that is held', () => {
    expect(win32Error(5, 'server')?.remedy).toContain('net use \\\\HOST\\ipc$ /user:NAME');
    expect(win32Error(53, 'server')?.meaning).toContain('not found on the network');
    expect(win32Error(0x80004005, 'server')?.meaning).toContain('password');
    expect(win32Error(0x80070035)).toEqual(win32Error(53, 'server'));
  });
});

it('every code is one sentence and a remedy, the same as an HRESULT, signed or not', () => {
  fc.assert(
    fc.property(fc.nat(11_000), fc.constantFrom('port' as const, 'server' as const), (code, doing) => {
      const error = win32Error(code, doing);
      expect(win32Error(0x80070000 + code, doing)).toEqual(error);
      expect(win32Error((0x80070000 + code) | 0, doing)).toEqual(error);
      expect(win32Code((0x80070000 + code) | 0)).toBe(code);
      if (!error) return;
      expect(error.name).toMatch(/^(?:ERROR|WSA|E)_?[A-Z_]+$/);
      expect(error.meaning).toMatch(/^[A-Z][^.]*\.$/);
      expect(error.remedy).toMatch(/\.$/);
    }),
    {
      numRuns: 5000,
      examples: [
        [2, 'port'],
        [53, 'port'],
        [1219, 'server'],
        [10048, 'port'],
      ],
    },
  );
  expect(win32Error(0)).toBeUndefined();
  expect(win32Error(0xc0000005)).toBeUndefined();
});
