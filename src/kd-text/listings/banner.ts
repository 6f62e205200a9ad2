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

/** The first lines kd prints: its version and its own architecture (`AMD64`, `X86`). */
export function formatBanner(version: string, architecture: string): string[] {
  return [
    '',
    `Microsoft (R) Windows Debugger Version ${version} ${architecture}`,
    'Copyright (c) Microsoft Corporation. All rights reserved.',
    '',
  ];
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

/** Which build the kernel is, as the engine of today says it, and as that of 2010 does. */
export function formatLab(lab: string, engine: 'today' | 'old'): string[] {
  return engine === 'today' ? [`Edition build lab: ${lab}`] : [`Built by: ${lab}`, 'Machine Name:'];
}
