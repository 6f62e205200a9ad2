// Two serial ports that are the ends of one cable: pseudo terminals of socat, entered in Wine's registry as Windows' own.
import { spawn } from 'node:child_process';
import { existsSync, watch, writeFileSync } from 'node:fs';
import path from 'node:path';
import { killGroup } from './wine.mjs';

/** One below and one above COM9: names beyond it are opened in another way. */
export const PORTS = ['COM7', 'COM17'];

const PORTS_CLASS = '{4D36E978-E325-11CE-BFC1-08002BE10318}';

/** Starts the pair. @returns its ends and what takes it away, or undefined where there is no socat */
export async function connectedPair(folder, signal) {
  const ends = PORTS.map((port) => path.join(folder, port));
  const both = new Promise((resolve) => {
    const watcher = watch(folder, () => {
      if (!ends.every((end) => existsSync(end))) return;
      watcher.close();
      resolve('both');
    });
    signal.addEventListener('abort', () => watcher.close(), { once: true });
  });
  const socat = spawn('socat', [...ends.map((end) => `pty,raw,echo=0,link=${end}`)], {
    stdio: 'ignore',
    detached: true,
  });
  const close = () => killGroup(socat.pid);
  const failed = new Promise((resolve) => {
    socat.once('error', () => resolve('failed'));
    socat.once('exit', () => resolve('failed'));
  });
  return (await Promise.race([both, failed])) === 'both' ? { ends, close } : undefined;
}

/** Enters the ports in the registry. Wine opens them only after its next start. */
export async function enterPorts(wine, ends, folder) {
  const lines = ['REGEDIT4', '', '[HKEY_LOCAL_MACHINE\\Software\\Wine\\Ports]'];
  for (const [index, end] of ends.entries()) lines.push(`"${PORTS[index]}"="${end}"`);
  for (const [index, port] of PORTS.entries()) {
    const key = `HKEY_LOCAL_MACHINE\\System\\CurrentControlSet\\Enum\\ROOT\\PORTS\\000${index}`;
    lines.push('', `[${key}]`, '"Class"="Ports"', `"ClassGUID"="${PORTS_CLASS}"`);
    lines.push(`"FriendlyName"="Test Port (${port})"`, '"Mfg"="livedebug"');
    lines.push('', `[${key}\\Device Parameters]`, `"PortName"="${port}"`);
  }
  const file = path.join(folder, 'ports.reg');
  writeFileSync(file, `${lines.join('\r\n')}\r\n`);
  await wine.quietly(['reg', 'import', `Z:${file.replaceAll('/', '\\')}`], 60);
}
