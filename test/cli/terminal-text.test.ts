import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { cutTo, rowsOf, wrap } from '../../src/cli/terminal-text.js';

describe('text on a terminal', () => {
  it('is broken at blanks by columns, not by characters', () => {
    const text = 'Der Treiber ディスクドライバ hat große Blöcke, und noch einen e\u0301 dazu.';
    for (const width of [20, 30, 60])
      for (const line of wrap(text, width).split('\n')) expect(stringWidth(line), line).toBeLessThanOrEqual(width);
    expect(wrap(text, 30).replaceAll('\n', ' ').normalize()).toBe(text.normalize());
  });

  it('begins no line with the blank that it was broken at, and keeps an indentation', () => {
    const lines = wrap('  and after this type undo.cmd manage-bde -protectors -enable C: there.', 24).split('\n');
    expect(lines.length).toBeGreaterThan(2);
    expect(lines.map((line) => /^ */.exec(line)?.[0].length)).toEqual([2, ...lines.slice(1).map(() => 0)]);
    for (const line of lines) expect(line).toBe(line.trimEnd());
  });

  it('keeps words whole that are wider than the terminal, and lines that were broken already', () => {
    const path = `/a/very/long/${'folder/'.repeat(8)}debug.log`;
    expect(wrap(`Log: ${path}`, 30)).toContain(path);
    expect(wrap('one\n  two\n', 30)).toBe('one\n  two\n');
  });

  it('is cut so that wide and combining characters stay whole', () => {
    expect(cutTo('abc', 5)).toBe('abc');
    expect(cutTo('ab日本', 4)).toBe('ab日');
    expect(cutTo('ab日本', 3)).toBe('ab');
    expect(cutTo('e\u0301e\u0301e\u0301', 2)).toBe('e\u0301e\u0301');
  });

  it('takes as many rows as a narrower terminal breaks it into', () => {
    expect(rowsOf('x'.repeat(79), 80)).toBe(1);
    expect(rowsOf('x'.repeat(79), 60)).toBe(2);
    expect(rowsOf('日'.repeat(40), 30)).toBe(3);
    expect(rowsOf('', 0)).toBe(1);
  });
});
