import { colleagueTypes, type Deed, kdIsInterrupted, kdIsKilled, kdIsStopped, targetSpeaks } from './deeds.js';

/** What does to the built-in kd what a scenario does to the simulated one: a simulated target, and what is done to it and to kd. */
export interface Counterpart {
  /** Words for `simulate target`. */
  readonly words?: readonly string[];
  /** What happens to it besides being switched on, as in `fixtures/targets/README.md`. */
  readonly script?: string;
  /** It is not switched on when somebody connects. */
  readonly standing?: boolean;
  /** What the kd has of its symbols; default: all. */
  readonly symbols?: 'none' | 'a server that never answers' | 'of a newer kernel';
  /** There is no target, but a serial port like this. */
  readonly port?: 'missing' | 'busy';
  /** What kd prints comes in pieces of one to seven bytes. */
  readonly chopped?: boolean;
  /** What somebody does while a session runs. */
  readonly deed?: Deed;
}

const event = (name: string, ...keys: string[]): string => `[[timeline]]\nevent = "${name}"\n${keys.join('\n')}\n`;
const reboot = (announced: boolean): string =>
  event('reboot', `announced = ${announced}`, 'after_hits = 8', 'after_ms = 50');
const print = (text: string, ...keys: string[]): string => event('print', `text = "${text}\\n"`, ...keys);

export const COUNTERPARTS: Readonly<Record<string, Counterpart>> = {
  fast: {},
  reboot: { script: reboot(true) },
  'reboot-unannounced': { script: reboot(false) },
  'connects-late': { script: '' },
  // A break-in byte is eaten while a print waits for its acknowledgement.
  'break-swallowed': { script: print('busy', 'every_ms = 15') },
  // It stands still long enough for somebody to see it.
  'break-while-halted': { words: ['--fault', 'delay=100'], deed: kdIsInterrupted },
  // Rare hits, one at a time: there is a moment between two of them.
  'foreign-commands': { words: ['--hits-per-second', '0'], script: '[wakes]\nworker = 3\n', deed: colleagueTypes },
  noise: { words: ['--fault', 'lose=0.0005,flip=0.0005,double=0.0005'] },
  'split-chunks': {
    // Two bytes each, and 28 are a round of pieces: one of them is cut apart.
    script: print('Treiber für Geräte', 'on = "connected"') + print('ä'.repeat(14), 'after_hits = 1'),
    chopped: true,
  },
  x86: { words: ['--arch', 'x86'] },
  'x64-new': { words: ['--personality', 'windows', '--processors', '2'] },
  // In the middle of what kd asks at a hit, and for longer than the 64 times that it tries before it says so.
  'link-loss': {
    words: ['--fault', 'delay=60'],
    script: event('cable-out', 'after_hits = 5', 'after_ms = 30', 'down_ms = 27000'),
  },
  'link-loss-forever': { script: event('cable-out', 'after_hits = 5') },
  'kd-crash': { deed: kdIsKilled },
  'kd-hang': { deed: kdIsStopped },
  'vm-pipe': { words: ['--baud', '115200'] },
  'halted-at-attach': { words: ['--state', 'halted'], standing: true },
  'no-symbol': { symbols: 'of a newer kernel' },
  'no-symbols-at-all': { symbols: 'none' },
  'slow-symbols': { symbols: 'a server that never answers' },
  assertion: { script: event('prompt', 'after_hits = 5') },
  'never-connects': { words: ['--state', 'off'], standing: true },
  // Not one byte arrives as it was sent.
  'wrong-baud': {
    words: ['--fault', 'flip=1'],
    script: '[boot]\nloader_ms = 10\nkernel_ms = 10\n',
    deed: targetSpeaks,
  },
  'pool-hit-tag': { words: ['--kernel', '11'] },
  bugcheck: { script: event('bug-check', 'on = "armed"', 'after_ms = 1000') },
  // A release may find the target at a hit: it is the three times of arming that kd tells of a break for certain.
  demo: {
    script:
      print('filterdrv: link is up', 'on = "connected"', 'after_ms = 2000') +
      [8, 15].map((hits) => event('reboot', `after_hits = ${hits}`)).join('\n'),
  },
  'port-missing': { port: 'missing' },
  'port-busy': { port: 'busy' },
};

/** Scenarios without a counterpart, and why. */
export const WITHOUT: ReadonlyMap<string, string> = new Map([
  ['crlf-oem', 'it prints LF and UTF-8 everywhere'],
  ['int3', 'no driver of the images has an int 3 that it goes on behind'],
  ['kdnet', 'it does not speak KDNET, and says so (builtin.test.ts)'],
  ...(process.platform === 'win32' ? ([['kd-hang', 'nothing stops a process of Windows']] as const) : []),
]);
