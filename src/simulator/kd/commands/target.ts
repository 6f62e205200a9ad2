import { kdDate } from '../../../kd-text/date.js';
import { formatKdVersion } from '../../../kd-text/listings/banner.js';
import { formatException } from '../../../kd-text/stop.js';
import type { CommandOutcome, Kd } from '../kd.js';
import { kernelLines } from '../text-connect.js';
import type { Command } from './index.js';

/** vertarget, version, .lastevent, .time: what target this is and how it stands. */
export const targetCommands: Readonly<Record<string, Command>> = {
  vertarget: (kd) => print(kd, kernelLines(kd)),
  version: (kd) =>
    print(kd, [...kernelLines(kd), formatKdVersion(kd.scenario.kd.version, kd.scenario.kd.architecture)]),
  '.lastevent': (kd) =>
    print(kd, [`Last event: ${lastEvent(kd)}`, `  debugger time: ${kdDate(new Date()).replace(/[()]/g, '')}`]),
  '.time': (kd) =>
    print(
      kd,
      kernelLines(kd).filter((line) => /^(?:Debug session time|System Uptime)/.test(line)),
    ),
  '.process': (kd) => print(kd, ['Implicit process is now 00000000`00000000']),
};

function lastEvent(kd: Kd): string {
  const { stop } = kd;
  if (!stop) return 'none';
  return stop.breakpoint ? `Hit breakpoint ${stop.breakpoint.id}` : formatException('80000003');
}

function print(kd: Kd, lines: readonly string[]): CommandOutcome {
  for (const line of lines) kd.console.line(line);
  return 'done';
}
