// Serial ports: pseudo terminals of socat, two at a time the ends of one cable, entered in Wine's registry as Windows' own.
import { spawn } from 'node:child_process';
import { existsSync, watch, writeFileSync } from 'node:fs';
import path from 'node:path';
import { killGroup } from './wine.mjs';

/** The ends of one cable. One below and one above COM9: names beyond it are opened in another way. */
export const PAIR = ['COM7', 'COM17'];
/** One with a simulated target at the far end of its cable. */
export const TARGET_PORT = 'COM8';

const PORTS_CLASS = '{4D36E978-E325-11CE-BFC1-08002BE10318}';

/**
 * Lays the cables.
 * @returns the path behind every port, that of the end for the target, and what takes all away; undefined where there is no socat
 */
export async function layCables(folder, signal) {
  const at = (name) => path.join(folder, name);
  const ports = new Map([...PAIR, TARGET_PORT].map((port) => [port, at(port)]));
  const far = at('target');
  const closes = await Promise.all([cable(PAIR.map(at), signal), cable([at(TARGET_PORT), far], signal)]);
  const close = () => {
    for (const each of closes) each?.();
  };
  return closes.every((each) => each !== undefined) ? { ports, far, close } : undefined;
}

/** @returns what takes the cable away, or undefined where there is no socat */
async function cable(ends, signal) {
  const watching = new AbortController();
  const both = new Promise((resolve) => {
    watch(path.dirname(ends[0]), { signal: watching.signal }, () => {
      if (ends.every((end) => existsSync(end))) resolve(true);
    });
  });
  const socat = spawn('socat', [...ends.map((end) => `pty,raw,echo=0,link=${end}`)], {
    stdio: 'ignore',
    detached: true,
  });
  const close = () => killGroup(socat.pid);
  const failed = new Promise((resolve) => {
    socat.once('error', () => resolve(false));
    socat.once('exit', () => resolve(false));
    signal.addEventListener('abort', () => resolve(false), { once: true });
  });
  const laid = await Promise.race([both, failed]);
  watching.abort();
  if (!laid) close();
  signal.throwIfAborted();
  return laid ? close : undefined;
}

/** Enters the ports in the registry. Wine opens them only after its next start. */
export async function enterPorts(wine, ports, folder) {
  const lines = ['REGEDIT4', '', '[HKEY_LOCAL_MACHINE\\Software\\Wine\\Ports]'];
  for (const [port, file] of ports) lines.push(`"${port}"="${file}"`);
  for (const [index, port] of [...ports.keys()].entries()) {
    const key = `HKEY_LOCAL_MACHINE\\System\\CurrentControlSet\\Enum\\ROOT\\PORTS\\000${index}`;
    lines.push('', `[${key}]`, '"Class"="Ports"', `"ClassGUID"="${PORTS_CLASS}"`);
    lines.push(`"FriendlyName"="Test Port (${port})"`, '"Mfg"="livedebug"');
    lines.push('', `[${key}\\Device Parameters]`, `"PortName"="${port}"`);
  }
  const file = path.join(folder, 'ports.reg');
  writeFileSync(file, `${lines.join('\r\n')}\r\n`);
  await wine.quietly(['reg', 'import', `Z:${file.replaceAll('/', '\\')}`], 60);
}
