import { InvalidArgumentError } from 'commander';

const MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const BYTES: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

/** `90s`, `10m`, `2h`, `500ms` as milliseconds; a bare number is seconds. */
export function duration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?$/i.exec(text.trim());
  if (!match) throw new InvalidArgumentError('Write a time such as 30s, 10m or 2h.');
  const ms = Number(match[1]) * (MS[(match[2] ?? 's').toLowerCase()] ?? 1000);
  // Node's timers take 31 bits of milliseconds: 24 days.
  if (ms > 2_147_000_000) throw new InvalidArgumentError('At most 24 days.');
  return ms;
}

/** `12h`, `30d`, `8w` as milliseconds; a bare number is days. */
export function age(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(s|m|h|d|w)?$/i.exec(text.trim());
  if (!match) throw new InvalidArgumentError('Write an age such as 12h, 30d or 8w.');
  const unit = (match[2] ?? 'd').toLowerCase();
  return Number(match[1]) * (unit === 'w' ? 7 * 86_400_000 : (MS[unit] ?? 86_400_000));
}

/** `1g`, `500m`, `1048576` as bytes. */
export function byteSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?)b?$/i.exec(text.trim());
  if (!match) throw new InvalidArgumentError('Write a size such as 500m or 1g.');
  return Math.round(Number(match[1]) * (BYTES[(match[2] ?? '').toLowerCase()] ?? 1));
}

export function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text.trim())) throw new InvalidArgumentError('Write a whole number above 0.');
  return Number(text);
}

/** A number above 0, such as `36` or `1.5`. */
export function positiveNumber(text: string): number {
  const value = /^\d{1,9}(?:\.\d{1,9})?$/.test(text.trim()) ? Number(text) : 0;
  if (value <= 0) throw new InvalidArgumentError('Write a number above 0, such as 36 or 1.5.');
  return value;
}

/** `1.2 s`, `3 min`, `2 h 05 min` */
export function formatMs(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(Math.floor(seconds % 60)).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** `512 B`, `1.4 MB` */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
