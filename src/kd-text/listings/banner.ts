/** Windows as kd describes it when it connects. */
export interface TargetDescription {
  /** kd's name for it, which lags behind: Windows 11 is still `Windows 10`. */
  readonly name: string;
  readonly build: number;
  /** `x64`, `x86 compatible`, `ARM 64-bit (AArch64)` */
  readonly architecture: string;
  readonly pointer64: boolean;
}

/** `Connected to Windows 10 19041 x64 target at (...), ptr64 TRUE`. Also printed by `.reload` in the middle of a session. */
export function formatConnectedTo(target: TargetDescription, at?: string): string {
  const when = at === undefined ? '' : ` at (${at})`;
  const { name, build, architecture, pointer64 } = target;
  return `Connected to ${name} ${build} ${architecture} target${when}, ptr64 ${pointer64 ? 'TRUE' : 'FALSE'}`;
}

const CONNECTED_TO = /^Connected to (Windows.*) (\d+) (\S.*?) target(?: at \(.*\))?, ptr64 (TRUE|FALSE)/;

/** Reads the line that `formatConnectedTo` prints; undefined for any other line. */
export function parseConnectedTo(line: string): TargetDescription | undefined {
  const match = CONNECTED_TO.exec(line);
  if (!match) return undefined;
  const [, name = '', build, architecture = '', pointer] = match;
  return { name, build: Number(build), architecture, pointer64: pointer === 'TRUE' };
}

export const ESTABLISHED = 'Kernel Debugger connection established.';
export const WAITING_TO_RECONNECT = 'Waiting to reconnect...';
export const CANNOT_CONNECT = 'Cannot connect to server';

const ESTABLISHED_WORDS = ESTABLISHED.slice(0, -1);
const WAITING_WORDS = WAITING_TO_RECONNECT.slice(0, -3);

/** Whether a line says that the link to the target is up; a note in parentheses may follow. */
export function isEstablished(line: string): boolean {
  return line.startsWith(ESTABLISHED_WORDS);
}

/** What follows the words `Waiting to reconnect` of a line: its dots, where it is whole. Undefined for any other line. */
export function parseWaitingToReconnect(line: string): string | undefined {
  return line.startsWith(WAITING_WORDS) ? line.slice(WAITING_WORDS.length) : undefined;
}

const MICROSOFT_WORDS = 'Microsoft (R) Windows Debugger';
const OUR_WORDS = 'livedebug Kernel Debugger';

/** The first lines kd prints: its version and its own architecture (`AMD64`, `X86`). */
export function formatBanner(version: string, architecture: string): string[] {
  return ['', formatKdVersion(version, architecture), 'Copyright (c) Microsoft Corporation. All rights reserved.', ''];
}

/** `Microsoft (R) Windows Debugger Version 10.0.29507.1001 AMD64`: of the banner, and of `version`. */
export function formatKdVersion(version: string, architecture: string): string {
  return `${MICROSOFT_WORDS} Version ${version} ${architecture}`;
}

/** Which kd says what it is. */
export interface KdVersion {
  /** Undefined where the line ends before it, or has two blanks in front of it, as old kds write. */
  readonly version: string | undefined;
  readonly architecture: string | undefined;
}

const VERSION = /^ Version (\S+) (\S+)/;

/** Reads the line of kd's banner with its version; undefined for any other line. */
export function parseKdVersion(line: string): KdVersion | undefined {
  const words = [MICROSOFT_WORDS, OUR_WORDS].find((each) => line.startsWith(each));
  if (words === undefined) return undefined;
  const [, version, architecture] = VERSION.exec(line.slice(words.length)) ?? [];
  return { version, architecture };
}

/** What the engine of 2026 prints about each path that it is given; one that is empty is not looked at. */
export function formatPathValidation(...paths: readonly string[]): string[] {
  return paths
    .filter(Boolean)
    .flatMap((path) => [
      '',
      '************* Path validation summary **************',
      `Response${' '.repeat(25)}Time (ms)     Location`,
      ...path
        .split(';')
        .map((place) => `${(/^(?:srv|symsrv|cache)\*/i.test(place) ? 'Deferred' : 'OK').padEnd(47)}${place}`),
    ]);
}

/** `Windows 7 Kernel Version 7601 (Service Pack 1) MP (2 procs) Free x64` */
export function formatKernelVersion(target: TargetDescription, processors: number, servicePack?: number): string {
  const pack = servicePack ? ` (Service Pack ${servicePack})` : '';
  const procs = processors === 1 ? 'UP' : `MP (${processors} procs)`;
  return `${target.name} Kernel Version ${target.build}${pack} ${procs} Free ${target.architecture}`;
}

/** What `formatKernelVersion` says, as far as it was found. */
export interface KernelVersion {
  /** The line begins with it: nothing of a line before stands in front. */
  readonly begins: boolean;
  readonly build: number;
  /** What follows the build: ` MP (2 procs) Free x64`. */
  readonly rest: string;
}

const KERNEL_VERSION = /Kernel Version (\d+)/;

/** Reads the line that describes the target's Windows; undefined for any other line. */
export function parseKernelVersion(line: string): KernelVersion | undefined {
  // Sought at no fixed place: cheaper without a pattern, and nearly every line ends here.
  const match = line.includes('Kernel Version ') ? KERNEL_VERSION.exec(line) : null;
  if (!match) return undefined;
  const rest = line.slice(match.index + match[0].length);
  return { begins: line.startsWith('Windows '), build: Number(match[1]), rest };
}

/** Which build the kernel is, as the engine of today says it, and as that of 2010 does. */
export function formatLab(lab: string, engine: 'today' | 'old'): string[] {
  return engine === 'today' ? [`Edition build lab: ${lab}`] : [`Built by: ${lab}`, 'Machine Name:'];
}
