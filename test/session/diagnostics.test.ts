import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openDiagnostics } from '../../src/session/diagnostics.js';

describe('the log of the program itself', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'diagnostics '));
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The messages that a level lets through. */
  const logged = (level: string): { msg: string }[] => {
    vi.stubEnv('LIVEDEBUG_LOG_LEVEL', level);
    const file = path.join(folder, 'livedebug.log');
    const diagnostics = openDiagnostics(file);
    diagnostics.debug?.(
      { event: { type: 'timer', name: 'probe' }, effects: [{ do: 'type', line: 'g' }] },
      'event timer',
    );
    diagnostics.info({ password: 'secret' }, 'started');
    diagnostics.flush();
    const text = readFileSync(file, 'utf8');
    expect(text).not.toContain('secret');
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { msg: string });
  };

  it('shows events and their effects at the level debug', () => {
    const lines = logged('debug');
    expect(lines.map(({ msg }) => msg)).toEqual(['event timer', 'started']);
    expect(lines[0]).toMatchObject({ event: { type: 'timer' }, effects: [{ do: 'type', line: 'g' }] });
  });

  it.each(['info', 'no such level', 'constructor'])('leaves them out at the level %s', (level) => {
    expect(logged(level).map(({ msg }) => msg)).toEqual(['started']);
  });
});
