import { kdDate } from './date.js';

const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';
const WHEN =
  /[A-Z][a-z]{2} ([A-Z][a-z]{2}) +(\d{1,2}) (\d{1,2}):(\d{2}):(\d{2})(?:\.(\d{1,3}))? (\d{4})(?: \((?:UTC|GMT) ?([+-]) ?(\d{1,2}):(\d{2})\))?/;
const LINE = /^(?:Debug session time: |Debugger \(not debuggee\) time: |Connected to Windows .* target at \()(.*)$/;

const SHUTDOWN_WORDS = 'Shutdown occurred';

/** What kd prints when the target restarts. */
export function formatShutdown(at: Date): string {
  return `${SHUTDOWN_WORDS} at (${kdDate(at)})...unloading all symbol tables.`;
}

/** What follows the words `Shutdown occurred` of a line: ` at (…)`, where it is whole. Undefined for any other line. */
export function parseShutdown(line: string): string | undefined {
  return line.startsWith(SHUTDOWN_WORDS) ? line.slice(SHUTDOWN_WORDS.length) : undefined;
}

/**
 * The moment that a line of kd tells: `Debug session time: …` (also of `.time`), `Debugger (not debuggee) time: …`
 * of `.echotime`, `Connected to … at (…)`, `Shutdown occurred at (…)`.
 * @returns milliseconds since 1970 in UTC; a time without its zone (kd before about 6.10) is taken for UTC. Undefined for any other line.
 */
export function parseSessionTime(line: string): number | undefined {
  const shutdown = parseShutdown(line);
  const text = shutdown?.startsWith(' at (') ? shutdown : LINE.exec(line)?.[1];
  const parts = text === undefined ? null : WHEN.exec(text);
  if (!parts) return undefined;
  const [, month = '', day, hour, minute, second, fraction = '0', year, sign, zoneHours = '0', zoneMinutes = '0'] =
    parts;
  const at = MONTHS.indexOf(month);
  if (at < 0 || at % 3 !== 0) return undefined;
  const local = Date.UTC(
    Number(year),
    at / 3,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
    Number(fraction.padEnd(3, '0')),
  );
  const zone = (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60_000;
  return sign === '-' ? local + zone : local - zone;
}
