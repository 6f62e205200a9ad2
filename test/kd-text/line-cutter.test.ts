import { describe, expect, it } from 'vitest';
import { lineCutter } from '../../src/kd-text/line-cutter.js';

describe('lineCutter', () => {
  it('gives the same lines whatever the chunks', () => {
    const text = Buffer.from('bc *\r\n.echo für\n\x06\nrest');
    for (let size = 1; size <= text.length; size++) {
      const lines: string[] = [];
      const cut = lineCutter((line) => lines.push(line));
      for (let at = 0; at < text.length; at += size) cut(text.subarray(at, at + size));
      expect(lines).toEqual(['bc *', '.echo für', '\x06']);
    }
  });

  it('takes a lone CTRL+C without ENTER', () => {
    const lines: string[] = [];
    lineCutter((line) => lines.push(line))(Buffer.from('\x03'));
    expect(lines).toEqual(['\x03']);
  });
});
