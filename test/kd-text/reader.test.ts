import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ConsoleEvent } from '../../src/kd-text/events.js';
import { ConsoleReader } from '../../src/kd-text/reader.js';
import { formatBreakBox, formatBugCheck, formatException } from '../../src/kd-text/stop.js';

function read(text: string | Buffer, cuts: readonly number[] = [], verbose = false): ConsoleEvent[] {
  const bytes = Buffer.isBuffer(text) ? text : Buffer.from(text, 'latin1');
  const reader = new ConsoleReader();
  reader.verbose = verbose;
  const ends = [...new Set([...cuts.filter((cut) => cut < bytes.length), bytes.length])].sort((a, b) => a - b);
  let start = 0;
  return ends.flatMap((end) => {
    const events = reader.push(Buffer.from(bytes.subarray(start, end)));
    start = end;
    return events;
  });
}

const kinds = (events: readonly ConsoleEvent[]): string[] => events.map((event) => event.kind);

describe('the console reader', () => {
  it('reads a connection, and takes "Connected to Windows" for information only', () => {
    const events = read(
      'Opened \\\\.\\com1\r\nWaiting to reconnect...\r\nConnected to Windows 7 7601 x64 target at (now), ptr64 TRUE\r\nKernel Debugger connection established.  (Initial Breakpoint requested)\r\n',
    );
    expect(kinds(events)).toEqual(['opened', 'waiting-to-reconnect', 'connected-to', 'established']);
    expect(kinds(read('Connected to Windows XP 2600 x86 compatible target, ptr64 FALSE\n'))).toEqual(['connected-to']);
  });

  it('gives a prompt at once, before its line ends, and only once', () => {
    const reader = new ConsoleReader();
    expect(reader.push(Buffer.from('0: k'))).toEqual([]);
    expect(kinds(reader.push(Buffer.from('d> ')))).toEqual(['prompt']);
    expect(reader.push(Buffer.from('Break'))).toEqual([]);
    expect(kinds(reader.push(Buffer.from('point 0 hit\n')))).toEqual(['hit']);
  });

  it('reads prompts of every shape, glued and doubled', () => {
    const of = (text: string) => read(text).map((event) => event.kind === 'prompt' && event.prompt);
    expect(of('kd> ')).toEqual([{ kind: 'kd' }]);
    expect(of('0: kd> 12: kd> ')).toEqual([
      { kind: 'kd', processor: 0 },
      { kind: 'kd', processor: 12 },
    ]);
    expect(of('32.0: kd:x86> ')).toEqual([{ kind: 'kd', processor: 0 }]);
    expect(of('16.kd:x86> ')).toEqual([{ kind: 'kd' }]);
    expect(of('lkd> ')).toEqual([{ kind: 'lkd' }]);
    expect(of('?:???> ')).toEqual([{ kind: 'none' }]);
    expect(of('[server (tcp x)] 0: kd> ')).toEqual([{ kind: 'kd', processor: 0 }]);
  });

  it('tells a break-in by its user from an int3, and knows a bug check', () => {
    const asked = [formatException('80000003'), ...formatBreakBox(), 'nt!DbgBreakPointWithStatus:', '0: kd> '].join(
      '\n',
    );
    expect(kinds(read(asked))).toEqual(['exception', 'break-box', 'place', 'prompt']);
    expect(kinds(read(`${formatBugCheck(0xd5, ['1', '2', '3', '4']).join('\n')}\n`))).toEqual([
      'bug-check',
      'exception',
    ]);
  });

  it('reads the question of a failed assertion that has no line end, once', () => {
    const question = 'Break repeatedly, break Once, Ignore, terminate Process, or terminate Thread (boipt)? ';
    expect(kinds(read(question, [20, 60]))).toEqual(['assertion-prompt']);
    expect(kinds(read(`${question}\n`, [85]))).toEqual(['assertion-prompt']);
  });

  it('reads failures to start in every number form', () => {
    const code = (text: string) => read(`${text}\n`).map((event) => event.kind === 'start-failure' && event.code);
    expect(code('Kernel debugger failed initialization, Win32 error 0n2')).toEqual([2]);
    expect(code('Kernel debugger failed initialization, Win32 error 5')).toEqual([5]);
    expect(code('Kernel debugger failed initialization, HRESULT 0x80004005')).toEqual([0x80004005]);
  });

  it('gives an event for each of many hits, and for the one that differs', () => {
    const of = (text: string) => read(text).map((event) => event.kind === 'hit' && event.breakpoint);
    expect(of('Breakpoint 0 hit\nBreakpoint 0 hit\n0: kd> Breakpoint 0 hit\nBreakpoint 1 hit\r\n')).toEqual([
      0,
      0,
      false,
      0,
      1,
    ]);
  });

  it('gives lines only while an answer is waited for', () => {
    expect(kinds(read('one\ntwo\n'))).toEqual([]);
    expect(read('0: kd> one\r\n', [], true)).toEqual([
      { kind: 'prompt', prompt: { kind: 'kd', processor: 0 } },
      { kind: 'line', text: 'one' },
    ]);
  });

  const piece = fc.constantFrom(
    '0: kd> ',
    'kd> ',
    'Breakpoint 3 hit\r\n',
    'Kernel Debugger connection established.\n',
    `${formatException('80000003')}\n`,
    '... Retry sending the same data packet for 64 times.\n',
    'fffff800`01767fc0 cc              int     3\n',
    'LIVEDEBUG-abcd-17\r\n',
    'HOST\\user (npipe 7) connected at Wed Dec 19 06:23:07 2018\n',
    "Couldn't resolve error at 'nt!Foo'\n",
    'Shutdown occurred at (Wed)...unloading all symbol tables.\n',
    'Break repeatedly, break Once, Ignore, terminate Process, or terminate Thread (boipt)? ',
    'driver: \xe4\xf6\xfc \x00 text without meaning ',
    '\n',
    '\r\n',
  );

  it('gives the same events wherever the chunks are cut', () => {
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 20 }),
        fc.array(fc.nat(2000), { maxLength: 40 }),
        fc.boolean(),
        (pieces, cuts, verbose) => {
          const text = pieces.join('');
          expect(read(text, cuts, verbose)).toEqual(read(text, [], verbose));
        },
      ),
    );
  });

  it('stays small on a line that never ends', () => {
    const reader = new ConsoleReader();
    const block = Buffer.alloc(65_536, 'x');
    for (let n = 0; n < 500; n++) expect(reader.push(block)).toEqual([]);
    expect(kinds(reader.push(Buffer.from('\nBreakpoint 0 hit\n')))).toEqual(['hit']);
  });
});
