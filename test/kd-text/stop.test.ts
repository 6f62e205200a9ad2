import { describe, expect, it } from 'vitest';
import {
  beginsBreak,
  formatBreakpointHit,
  formatException,
  parseBreakpointHit,
  parseException,
  parseStop,
} from '../../src/kd-text/stop.js';

describe('what announces a stop', () => {
  it('is read as it is printed', () => {
    expect(parseBreakpointHit(formatBreakpointHit(12))).toEqual({ breakpoint: 12, rest: '' });
    expect(parseException(formatException('c0000005', false))).toEqual({
      title: 'Access violation',
      dash: '-',
      code: 'c0000005',
      text: 'Access violation - code c0000005',
      rest: ' (!!! second chance !!!)',
    });
  });

  it('leaves it to the reader what may follow', () => {
    expect(parseBreakpointHit('Breakpoint 0 hitnt!Foo:')?.rest).toBe('nt!Foo:');
    expect(parseStop('Breakpoint 0 hitnt!Foo:')).toEqual({ kind: 'breakpoint', breakpoint: 0 });
  });

  it.each([
    ['Break instruction – code 80000003', '80000003'],
    ['Integer overflow - code c0000095 (first chance)', 'c0000095'],
    ['Integer overflow - code c0000095', undefined],
    ['My driver has code 12345678 (first)', undefined],
    ['WOW64 breakpoint - code 4000001f', '4000001f'],
  ])('in a log: %s', (line, code) => {
    expect(parseStop(line)).toEqual(code === undefined ? undefined : { kind: 'exception', code });
  });

  it('is known by its beginning where the line is cut', () => {
    expect(beginsBreak('Break instruction exception - co')).toBe(true);
    expect(beginsBreak('Breakpoint 3 hit')).toBe(true);
    expect(beginsBreak('Breakpoint 3')).toBe(false);
  });
});
