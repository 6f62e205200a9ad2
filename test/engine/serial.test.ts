import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PROMPT } from './console.js';
import { imagesOf, Laboratory, SERIAL_PORTS } from './laboratory.js';

const noSocat = spawnSync('socat', ['-V'], { stdio: 'ignore' }).error !== undefined;

describe.skipIf(noSocat)('Microsoft’s engine on a serial port', () => {
  let lab: Laboratory;
  beforeEach(() => {
    lab = new Laboratory('x64');
  });
  afterEach(() => lab.close());

  test('attaches, breaks in and releases', async () => {
    const near = path.join(SERIAL_PORTS, 'COM1');
    const far = path.join(lab.folder, 'target');
    rmSync(near, { force: true });
    lab.program('socat', [`pty,raw,echo=0,link=${near}`, `pty,raw,echo=0,link=${far}`]);
    await expect.poll(() => existsSync(near) && existsSync(far)).toBe(true);
    await lab.target(['--hits-per-second', '0'], `tty:${far}`);
    const images = imagesOf('x64');
    const kd = lab.kdAs(['-k', 'com:port=com1,baud=115200', '-y', images, '-i', images, '-b']);
    expect(await kd.until(PROMPT)).toContain('Opened \\\\.\\com1');
    expect(await kd.ask('lm')).toContain('ntkrnlmp.pdb');
    await lab.leave(kd);
    expect(lab.books.target).toMatchObject({ state: 'running', breakpoints: 0 });
  });
});
