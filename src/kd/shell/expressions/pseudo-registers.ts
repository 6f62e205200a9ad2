import { canonical } from '../../control/architecture.js';
import { CommandError, type Scene } from '../shell-context.js';

/** The return address is looked for in so many frames: of the function itself, and of its caller. */
const FRAMES = 2;

const TEMPORARY = /^\$t1?\d$/;

/** Whether a name is one of `$t0` to `$t19`, which hold what somebody puts into them. */
export function isTemporary(name: string): boolean {
  return TEMPORARY.test(name.toLowerCase());
}

/** `@rip`, `@$ip`, `@$csp`, `@$retreg`, `@$ra`, `@$thread`: registers, and what kd computes. Source: "Pseudo-Register Syntax". */
export async function register(name: string, scene: Scene): Promise<bigint> {
  const { architecture, contexts } = scene.known;
  const lower = name.toLowerCase();
  if (isTemporary(lower)) return scene.temporaries.get(lower) ?? 0n;
  const pseudo: Readonly<Record<string, string>> = {
    $ip: architecture.pc,
    $scopeip: architecture.pc,
    $csp: architecture.sp,
    $retreg: architecture.bits === 32 ? 'eax' : 'rax',
    $retreg64: architecture.bits === 32 ? 'eax' : 'rax',
  };
  const full = pseudo[lower] ?? lower;
  if (architecture.registers.has(full)) {
    if (contexts.peek(full) === undefined) await scene.stacks.registers(full);
    return contexts.get(full);
  }
  // What a stop tells is told of its own processor.
  const own = (scene.view?.processor ?? scene.stop?.change.processor) === scene.stop?.change.processor;
  const computed = own && scene.stop ? await compute(lower, scene, scene.stop) : undefined;
  if (computed === undefined) throw new CommandError(`Bad register error at '@${name}'`);
  return computed;
}

async function compute(
  name: string,
  { known, stacks }: Scene,
  stop: NonNullable<Scene['stop']>,
): Promise<bigint | undefined> {
  switch (name) {
    case '$ra':
      return (await stacks.walk(FRAMES, stop))[0]?.returnAddress;
    case '$thread':
      return canonical(known.architecture, stop.change.thread);
    case '$eventip':
      return stop.at;
    case '$ptrsize':
      return BigInt(known.architecture.pointerBytes);
    case '$pagesize':
      return 0x1000n;
    default:
      return undefined;
  }
}
