import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';

/** Who has a port open, e.g. `minicom (process 4711)`, all of them; undefined where the system does not tell. */
export function holderOf(port: string): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const device = resolved(port);
  const holders = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid && hasOpen(name, device))
    .map((pid) => `${nameOf(pid)} (process ${pid})`);
  return holders.length > 0 ? holders.join(', ') : undefined;
}

function resolved(port: string): string {
  try {
    return realpathSync(port);
  } catch {
    return port;
  }
}

// Other users' processes cannot be looked into, and a process may end while it is looked at.
function hasOpen(pid: string, device: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => linkOf(`/proc/${pid}/fd/${fd}`) === device);
  } catch {
    return false;
  }
}

function linkOf(file: string): string | undefined {
  try {
    return readlinkSync(file);
  } catch {
    return undefined;
  }
}

function nameOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return 'a program';
  }
}
