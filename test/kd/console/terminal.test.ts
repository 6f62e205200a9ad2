import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Terminal } from '../../../src/kd/console/terminal.js';
import { Tty } from '../shell/tty.js';

const [UP, DOWN, LEFT, HOME, END] = ['\x1b[A', '\x1b[B', '\x1b[D', '\x1b[H', '\x1b[F'];
const LONG = 'bp nt!MmAllocateSpecialPool ".echo a rather long command; kb; g"';

let tty: Tty;
let terminal: Terminal;
let typed: string[];
let interrupts: number;

function open(columns: number): void {
  tty = new Tty(columns);
  terminal = new Terminal(tty);
  typed = [];
  interrupts = 0;
  terminal.start({
    line: (text) => typed.push(text),
    interrupt: () => interrupts++,
    ended: () => typed.push('END'),
    complete: (line) => (line.endsWith('Mm') ? [['MmAlpha', 'MmAlps'], 'Mm'] : [[], '']),
  });
}

const print = (text: string): void => terminal.sink.write(Buffer.from(text));

beforeEach(() => open(80));
afterEach(() => terminal.stop());

describe('the line editor', () => {
  it('edits, and gives whole lines', async () => {
    print('0: kd> ');
    await tty.keys(`bl${LEFT}x${HOME}a${END}z`);
    expect(tty.last()).toEqual(['0: kd> abxlz']);
    await tty.keys('\x01\x0b');
    expect(tty.last()).toEqual(['0: kd>']);
    await tty.keys('r eax ebx\x17\x15k\r');
    expect(typed).toEqual(['k']);
  });

  it('remembers what was typed', async () => {
    await tty.keys('first\rsecond\r');
    print('kd> ');
    await tty.keys(`${UP}${UP}`);
    expect(tty.last()).toEqual(['kd> first']);
    await tty.keys(`${DOWN}!\r`);
    expect(typed).toEqual(['first', 'second', 'second!']);
  });

  it.each([80, 30, 20])('draws a half-typed line again under whatever is printed (%s columns)', async (columns) => {
    terminal.stop();
    open(columns);
    print('output\n0: kd> ');
    await tty.keys(LONG);
    await tty.keys(LEFT.repeat(10));
    const before = tty.lines.slice(1);
    const { cursor } = tty;
    print('something happened\n');
    print('more\n');
    expect(tty.lines).toEqual(['output', 'something happened', 'more', ...before]);
    expect(tty.cursor).toBe(cursor);
    await tty.keys(`${'\x7f'.repeat(3)}XYZ\r`);
    expect(typed).toEqual([`${LONG.slice(0, -13)}XYZ${LONG.slice(-10)}`]);
  });

  it('keeps what is typed while the target runs, until a prompt comes', async () => {
    await tty.keys('bc');
    print('Breakpoint 0 hit\n');
    print('nt!Foo:\n');
    await tty.keys(' *');
    print('0: kd> ');
    expect(tty.lines).toEqual(['Breakpoint 0 hit', 'nt!Foo:', '0: kd> bc *']);
    await tty.keys('\r');
    print('0: kd> ');
    expect(tty.lines).toEqual(['Breakpoint 0 hit', 'nt!Foo:', '0: kd> bc *', '0: kd>']);
  });

  it('puts pieces of a line together, and ends a prompt that is past', async () => {
    await tty.keys('half');
    print('a ');
    print('whole ');
    print('line\n0: kd> ');
    expect(tty.last(2)).toEqual(['a whole line', '0: kd> half']);
    print('\nThe connection to the target is gone: cut.\n');
    expect(tty.last(3)).toEqual(['0: kd>', 'The connection to the target is gone: cut.', 'half']);
  });

  it('leaves kd its keys: on an empty line, with ENTER behind them', async () => {
    print('kd> ');
    await tty.keys('\x02');
    expect(tty.last()).toEqual(['kd> ^B']);
    expect(typed).toEqual([]);
    await tty.keys('\r');
    await tty.keys('\x0b\r\n\x12\n\x04\r');
    expect(typed).toEqual(['\x02', '\x0b', '\x12', '\x04']);
    await tty.keys('\x0bg\r');
    expect(typed.slice(4)).toEqual(['g']);
    await tty.keys('ab\x02\x02c\r');
    expect(typed.slice(5)).toEqual(['cab']);
  });

  it('interrupts at once, and keeps the line', async () => {
    print('kd> ');
    await tty.keys('half\x03');
    await tty.keys('\x03');
    expect(interrupts).toBe(2);
    expect(tty.last()).toEqual(['kd> half']);
    await tty.keys('\x06\r');
    expect(typed).toEqual(['half']);
  });

  it('completes, and takes letters of several bytes', async () => {
    print('kd> ');
    await tty.keys('bp Mm\t');
    expect(tty.last()).toEqual(['kd> bp MmAlp']);
    await tty.keys('h\r');
    await tty.keys('.echo ä€\r');
    expect(typed).toEqual(['bp MmAlph', '.echo ä€']);
    terminal.sink.write(Buffer.from('€\n').subarray(0, 1));
    terminal.sink.write(Buffer.from('€\n').subarray(1));
    expect(tty.last()).toEqual(['€']);
  });

  it('gives the terminal back as it was, and prints on without one', async () => {
    expect(tty.input.raw).toBe(true);
    print('kd> ');
    await tty.keys('half');
    terminal.stop();
    print('Closing open log file x\n');
    expect(tty.input.raw).toBe(false);
    expect(tty.last(2)).toEqual(['kd> half', 'Closing open log file x']);
    await tty.keys('more\r');
    expect(typed).toEqual([]);
  });

  it('says that nothing more comes when the terminal is gone', async () => {
    tty.input.end();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(typed).toEqual(['END']);
  });

  it('clears the screen, and keeps the line', async () => {
    print('old\nkd> ');
    await tty.keys('half');
    terminal.clear();
    expect(tty.lines).toEqual(['kd> half']);
  });
});
