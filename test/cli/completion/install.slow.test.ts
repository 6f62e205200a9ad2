import { describe, expect, it } from 'vitest';
import { livedebug } from '../livedebug.js';

describe('livedebug completion', () => {
  it.each([
    ['bash', '.local/share/bash-completion/completions/livedebug'],
    ['zsh', '~/.zfunc/_livedebug'],
    ['fish', '~/.config/fish/completions/livedebug.fish'],
    ['powershell', '$PROFILE'],
  ])('says for %s how to install it', async (shell, where) => {
    const { code, out } = await livedebug(['completion', shell, '--help']);
    expect(code).toBe(0);
    expect(out).toContain(`livedebug completion ${shell} > `);
    expect(out).toContain(where);
  });

  it('is wrong without a shell, and for one that it does not know', async () => {
    for (const words of [['completion'], ['completion', 'oil']]) {
      const { code, out, err } = await livedebug(words);
      expect([code, out]).toEqual([2, '']);
      expect(err).toMatch(/bash.*zsh.*fish.*powershell/s);
      expect(err).not.toMatch(/^ +list/m);
    }
  });
});
