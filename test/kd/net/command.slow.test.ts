import { spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { endProcess } from '../../end-process.js';

const main = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));
const folder = mkdtempSync(path.join(os.tmpdir(), 'livedebug kdnet '));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function filesIn(place: string): string[] {
  return readdirSync(place, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(place, name))
    .filter((file) => statSync(file).isFile());
}

describe('the commands over KDNET', () => {
  it('rehearse the whole job, and keep no key', () => {
    const out = path.join(folder, 'rehearsal');
    const words = ['rehearse', '--port', 'net', '--hits', '6', '--out', out];
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...words], { encoding: 'utf8' });
    expect(status, `${stdout}${stderr}`).toBe(0);
    expect(stderr).toContain('6 hits, ');
    expect(stderr).toMatch(/--port net:port=\d+,key=\*\*\* /);
    const key = /key=(?!\*)[\w.]+/;
    expect(`${stdout}${stderr}`).not.toMatch(key);
    for (const file of filesIn(out).filter((name) => /\.(?:log|json|ndjson)$/.test(name)))
      expect(readFileSync(file, 'latin1'), file).not.toMatch(key);
  }, 90_000);

  it('take the key from the environment, and refuse a way without one', () => {
    const run = (env: Record<string, string>) =>
      spawnSync(process.execPath, [main, 'kd', '-k', 'net:port=50000'], {
        encoding: 'utf8',
        env: { ...process.env, ...env },
      });
    const { status, stderr } = run({ LIVEDEBUG_KDNET: '' });
    expect(status).toBe(2);
    expect(stderr).toContain('There is no key');
  });

  it('have a simulated target that asks its host, and shows its key to nobody', async () => {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    const poke = new Promise<Buffer>((resolve) => socket.once('message', resolve));
    const words = ['simulate', 'target', '--listen', `net:port=${socket.address().port}`, '--connect', '127.0.0.1'];
    const child = spawn(process.execPath, [main, ...words], {
      env: { ...process.env, LIVEDEBUG_KDNET: 'key=1.2.3.4' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    for await (const text of child.stderr) {
      said += text;
      if (said.includes('A session at it')) break;
    }
    expect(await poke).toHaveLength(374);
    expect(said).toContain('key=w.x.y.z');
    expect(said).not.toContain('1.2.3.4');
    await endProcess(child, 'SIGINT');
    socket.close();
  });

  it('refuse a host for a target with a cable', () => {
    const words = ['simulate', 'target', '--listen', 'tcp:0', '--connect', 'localhost'];
    const { status, stderr } = spawnSync(process.execPath, [main, ...words], { encoding: 'utf8' });
    expect(status).toBe(2);
    expect(stderr).toContain('names a host for a target on a network');
  });
});
