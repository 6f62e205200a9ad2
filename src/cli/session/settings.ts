import { InvalidArgumentError } from 'commander';
import { byteSize, duration, positiveInteger } from '../units.js';
import { readBreakMode, readShare, readWays, readWindows } from './values.js';

/** What a setting may be: any text, a switch, or what a function takes without throwing InvalidArgumentError. */
export type SettingKind = 'text' | 'switch' | ((text: string) => unknown);

const time = (text: string): number => {
  const ms = duration(text);
  if (ms > 0) return ms;
  throw new InvalidArgumentError('Write a time above 0, such as 30s, 10m or 2h.');
};

const oneOf =
  (...words: readonly string[]) =>
  (text: string): string => {
    if (words.includes(text)) return text;
    throw new InvalidArgumentError(`Write ${words.slice(0, -1).join(', ')} or ${words.at(-1)}.`);
  };

/** Every setting that a flag, LIVEDEBUG_* or livedebug.toml may give, in commander's spelling. */
export const SETTINGS = {
  tag: 'text',
  os: readWindows,
  port: 'text',
  baud: positiveInteger,
  kd: 'text',
  pipe: 'text',
  password: 'text',
  symbols: 'text',
  image: 'text',
  at: 'text',
  // biome-ignore lint/suspicious/noThenProperty: the name of the flag
  then: 'text',
  sizes: 'switch',
  trackFrees: 'switch',
  knownStacks: 'switch',
  strategy: oneOf('auto', 'breakpoint', 'pool-hit-tag'),
  break: readBreakMode,
  breakBy: readWays,
  maxHits: positiveInteger,
  for: time,
  wait: time,
  haltLimit: time,
  haltBudget: readShare,
  burst: positiveInteger,
  maxHalt: time,
  onStop: oneOf('hold', 'resume'),
  reload: 'switch',
  wrapper: 'text',
  runDir: 'text',
  log: 'text',
  logMax: byteSize,
} as const satisfies Readonly<Record<string, SettingKind>>;

export type SettingName = keyof typeof SETTINGS;

/** What a session takes: all of them but the target's Windows. */
export const SESSION_SETTINGS: readonly SettingName[] = (Object.keys(SETTINGS) as SettingName[]).filter(
  (name) => name !== 'os',
);

/** What a rescue takes: it sets nothing, and must not fail because of what a file says of hits. */
export const RESCUE_SETTINGS: readonly SettingName[] = [
  ...(['port', 'baud', 'kd', 'pipe', 'password', 'symbols'] as const),
  ...(['breakBy', 'haltLimit', 'runDir', 'log'] as const),
];
