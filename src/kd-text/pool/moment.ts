import { parseSessionTime } from '../session-time.js';

/** What a line says of when a table was made. */
export interface Moment {
  /** Milliseconds since 1970 in UTC. */
  readonly at?: number;
  /** How long the target had been running, in milliseconds. */
  readonly uptime?: number;
  /** It is that of what follows: programs and scripts write it above a table. kd's is asked for before a table or behind it. */
  readonly ahead?: true;
}

// `System Uptime: 0 days 2:11:04.217`: `.time`, `vertarget`.
const UPTIME = /^System Uptime: (\d+) days? (\d+):(\d{2}):(\d{2})(?:\.(\d{1,3}))?/;
// `!SystemTime=11\29\2026 22:15:03.0042 (GMT)`, `!TickCount=81234567`: what PoolSnap writes above its rows.
const SYSTEM_TIME = /^!SystemTime=(\d{2})\\(\d{2})\\(\d{4}) (\d{2}):(\d{2}):(\d{2})/i;
const TICKS = /^!TickCount=(-?\d+)/i;
// A line that a script has written between two tables; without its zone it is taken for UTC.
const ISO =
  /^\W{0,8}(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2})?(?:[.,](\d{1,3})\d*)?\s?(Z|[+-]\d{2}:?\d{2})?\W{0,8}$/;

/** Reads a line that tells the time or the target's uptime; undefined for any other. */
export function parseMoment(line: string): Moment | undefined {
  const text = line.trim();
  const told = parseSessionTime(text);
  if (told !== undefined) return { at: told };
  const written = systemTime(text) ?? isoTime(text);
  if (written !== undefined) return { at: written, ahead: true };
  const [, days, hours, minutes, seconds, fraction = '0'] = UPTIME.exec(text) ?? [];
  if (days !== undefined) {
    const whole = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
    return { uptime: whole * 1000 + Number(fraction.padEnd(3, '0')) };
  }
  const ticks = TICKS.exec(text)?.[1];
  return ticks === undefined ? undefined : { uptime: Number(ticks) >>> 0, ahead: true };
}

function systemTime(text: string): number | undefined {
  const [, month, day, year, ...time] = SYSTEM_TIME.exec(text) ?? [];
  if (month === undefined) return undefined;
  const [hour, minute, second] = time.map(Number);
  return Date.UTC(Number(year), Number(month) - 1, Number(day), hour, minute, second);
}

function isoTime(text: string): number | undefined {
  const [, date, minutes, seconds = ':00', fraction = '0', zone = 'Z'] = ISO.exec(text) ?? [];
  if (date === undefined) return undefined;
  const at = Date.parse(`${date}T${minutes}${seconds}.${fraction.padEnd(3, '0')}${zone}`);
  return Number.isNaN(at) ? undefined : at;
}
