import path from 'node:path';
import { EXIT, Fault } from '../../fault.js';
import { shellWord } from '../../platform/shell-word.js';
import { createClock } from '../../simulator/clock.js';
import { createMachine } from '../../simulator/machine/emulated-machine.js';
import { imageFolders } from '../../simulator/machine/images/catalogue.js';
import { type KernelName, kernelFamily, kernelsFor } from '../../simulator/machine/kernels.js';
import type { Machine, MachineArchitecture } from '../../simulator/machine/machine.js';
import { type KdVariant, kdVariants } from '../../simulator/stub/kd-variant.js';
import { parseFaults } from '../../simulator/stub/line/fault-words.js';
import { type Listening, listenForHost } from '../../simulator/stub/line/listen.js';
import { NetTarget } from '../../simulator/stub/net/net-listen.js';
import { type ListenPlace, parsePlace } from '../../simulator/stub/places.js';
import { emptyScript } from '../../simulator/stub/script/script.js';
import { loadScript } from '../../simulator/stub/script/script-load.js';
import { optionsOf } from '../../simulator/stub/script/script-options.js';
import { runScript } from '../../simulator/stub/script/script-run.js';
import { keepInFile } from '../../simulator/stub/statistics/statistics-file.js';
import type { PartialStubOptions, StartState } from '../../simulator/stub/stub-options.js';
import { TargetStub } from '../../simulator/stub/target-stub.js';
import { wakesFor } from '../../simulator/stub/threads/hit-rates.js';
import { SESSION_AT_IT } from './simulate.js';

/** Hits per second of a target that no script keeps at work: enough to see some at once. */
const USUAL_HITS_PER_SECOND = 2;

/** The flags of `livedebug simulate target`, as commander gives them. */
export interface TargetFlags {
  readonly listen: string;
  /** A host that the target asks by KDNET. */
  readonly connect?: string;
  readonly arch: 'x86' | 'x64' | 'arm64';
  readonly kernel?: KernelName;
  readonly personality: string;
  readonly processors: number;
  readonly tag: string;
  readonly baud: number;
  readonly state: StartState;
  readonly hitsPerSecond?: number;
  readonly fault?: string;
  readonly seed: number;
  readonly books?: string;
  readonly script?: string;
}

/** Runs a simulated target until it is interrupted. */
export async function simulateTarget(flags: TargetFlags): Promise<void> {
  const personality = kdVariants[flags.personality] ?? unknown(flags.personality);
  const script = flags.script === undefined ? emptyScript : loadScript(flags.script);
  const place = parsePlace(flags.listen);
  if (flags.connect !== undefined && place.kind !== 'net') throw connectWithoutNet(flags.connect);
  const network = place.kind === 'net' ? new NetTarget(place, flags.connect) : undefined;
  const machine = machineOf(flags, personality);
  const scripted = optionsOf(script);
  const hitsPerSecond = flags.hitsPerSecond ?? (flags.script === undefined ? USUAL_HITS_PER_SECOND : undefined);
  const options: PartialStubOptions = {
    ...scripted,
    architecture: flags.arch,
    state: flags.state,
    baud: flags.baud,
    seed: flags.seed,
    ...(place.kind === 'net' && { net: { keys: place.keys, places: () => network?.places } }),
    ...(flags.fault !== undefined && { faults: parseFaults(flags.fault) }),
    ...(hitsPerSecond !== undefined && { wakes: { ...wakesFor(machine, hitsPerSecond), ...scripted.wakes } }),
  };
  const clock = createClock(1);
  let listening: Listening | undefined;
  const stub = new TargetStub(machine, personality, clock, (bytes) => listening?.send(bytes), options);
  const closeBooks = flags.books === undefined ? () => undefined : keepInFile(stub.statistics, flags.books);
  listening = await (place.kind === 'net' ? network?.listen(stub) : listenForHost(place, flags.baud, stub));
  const endScript = runScript(stub, script.timeline, clock);
  stub.start();
  process.stderr.write(
    `${describe(flags, machine)} ${flags.connect === undefined ? 'listens at' : 'asks'} ${listening?.place}\n${sessionAtIt(flags, place, listening?.place ?? '')}`,
  );
  await interrupted();
  endScript();
  stub.stop();
  closeBooks();
  await listening?.close();
}

function machineOf({ arch, kernel, processors, tag }: TargetFlags, { trapExit }: KdVariant): Machine {
  // A target that only says it is ARM64 runs the code of x64, and of no Windows in particular.
  const architecture: MachineArchitecture = arch === 'x86' ? 'x86' : 'x64';
  const there = arch === 'arm64' ? [] : kernelsFor(architecture);
  if (kernel !== undefined && !there.includes(kernel))
    throw new Fault(
      'kernel-without-arch',
      EXIT.usage,
      `There is no kernel ${kernel} for ${arch}${there.length > 0 ? `; there is ${there.join(', ')}` : ''}.`,
      there.length > 0 ? 'Name one of these, or another --arch.' : 'Leave --kernel out, or name another --arch.',
    );
  return createMachine({
    architecture,
    processors,
    tag,
    trapExit: trapExit[architecture],
    ...(kernel !== undefined && { kernel }),
  });
}

function describe({ arch, personality, processors, state }: TargetFlags, { kernel }: Machine): string {
  const several = processors === 1 ? '1 processor' : `${processors} processors`;
  return `simulated target (${arch}, kernel ${kernel.name}, ${personality}, ${several}, ${state})`;
}

/** The line that starts a session at this target, symbols included, as this host's shell takes it. */
function sessionAtIt({ arch, tag, kernel, connect }: TargetFlags, place: ListenPlace, name: string): string {
  // A key is shown to nobody, also not to whoever has just typed it.
  const net = place.kind === 'net' ? netPort(place.port, connect) : undefined;
  const port = { path: `pipe:${name}`, tcp: `tcp:${name}`, tty: undefined, net }[place.kind];
  // What it is to the other end of that cable, nobody here knows.
  if (port === undefined) return '';
  const architecture = arch === 'x86' ? 'x86' : 'x64';
  const folders = imageFolders(architecture, kernelFamily(architecture, kernel));
  const words = ['start', '--kd', 'builtin', '--tag', tag.trimEnd(), '--port', port, '--symbols', folders.join(';')];
  const image = path.join(folders[0] as string, 'ntkrnlmp.exe');
  return `${SESSION_AT_IT}livedebug ${[...words, '--image', image].map((word) => shellWord(word)).join(' ')}\n`;
}

function netPort(port: number, connect: string | undefined): string {
  return `net:port=${port},key=w.x.y.z${connect === undefined ? ',target=localhost' : ''}`;
}

function connectWithoutNet(host: string): Fault {
  return new Fault(
    'connect-without-net',
    EXIT.usage,
    `--connect ${host} names a host for a target on a network, and this one has a cable.`,
    'Add --listen net:port=N,key=w.x.y.z, or leave --connect out.',
  );
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
}

function unknown(name: string): never {
  throw new Fault(
    'personality-unknown',
    EXIT.usage,
    `There is no KD variant ${JSON.stringify(name)}; there are ${Object.keys(kdVariants).join(', ')}.`,
    'Name one of these.',
  );
}
