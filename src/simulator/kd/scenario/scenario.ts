import { z } from 'zod';

const ms = z.number().min(0);
const count = z.int().min(0);

const kd = z.strictObject({
  version: z.string().default('10.0.29507.1001'),
  architecture: z.enum(['AMD64', 'X86', 'ARM64']).default('AMD64'),
  breakpoint_list: z.enum(['plain', 'links']).default('plain'),
  stack: z.enum(['plain', 'numbered', 'no-args']).default('plain'),
  prologue: z.boolean().optional(),
  line_end: z.enum(['lf', 'crlf']).default('lf'),
  encoding: z.enum(['utf8', 'oem']).default('utf8'),
  chunks: z.tuple([z.int().min(1), z.int().min(1)]).optional(),
  break_deaf_ms: ms.default(50),
  break_silence_ms: ms.default(0),
  cut: z.enum(['anywhere', 'first-frame', 'before-header']).default('anywhere'),
  reads_while_running: z.boolean().default(false),
  ends_with_input: z.boolean().default(false),
  answer_limit_ms: ms.optional(),
});

const target = z.strictObject({
  windows: z.string().default('Windows 7'),
  build: z.int().min(1).default(7601),
  service_pack: count.default(0),
  lab: z.string().default('7601.17514.amd64fre.win7sp1_rtm.101119-1850'),
  product: z.string().default('Product: Server, suite: TerminalServer SingleUserTS'),
  architecture: z.enum(['x86', 'x64']).default('x64'),
  processors: z.int().min(1).max(64).default(2),
  state: z.enum(['off', 'running', 'halted']).default('off'),
  baud: z.int().min(1).optional(),
  announces: z.enum(['by-itself', 'on-break']).default('by-itself'),
  special_pool: z.string().default('MmAllocateSpecialPool'),
  tag: z
    .string()
    .regex(/^[\x20-\x7e]{1,4}$/, 'one to four ASCII characters')
    .default('Ddk '),
  boot_text: z.array(z.string()).default([]),
});

const symbols = z.strictObject({
  state: z.enum(['full', 'exports', 'none']).default('full'),
  missing: z.array(z.string()).default([]),
  extra: z.array(z.string()).default([]),
  fetch_ms: ms.default(0),
  modules: z.enum(['all', 'by-events']).default('by-events'),
});

const linkBytes = z.strictObject({
  connect: count,
  first_stop: count,
  stop: count,
  hit: count,
  k: count,
  resume: count,
  bp: count,
  bc: count,
  x: count,
  read: count,
  write: count,
  reload: count,
});

const link = z.strictObject({
  cost: z.enum(['serial', 'none']).default('serial'),
  baud: z.int().min(1).optional(),
  retry_line_ms: ms.default(300),
  bytes: linkBytes.partial().default({}),
});

const port = z.strictObject({
  state: z.enum(['ok', 'missing', 'busy', 'denied']).default('ok'),
  appears_after_ms: ms.optional(),
});

const hits = z.strictObject({
  per_second: z.union([z.number().positive(), z.literal('max')]).default(2),
  limit: count.optional(),
});

const allocation = z.strictObject({
  weight: z.number().positive().default(1),
  sizes: z.array(z.int().min(1).max(0x7fffffff)).min(1).default([0x80]),
  pool_type: z.int().min(0).default(0),
  cold: z.boolean().default(false),
  freed: z.number().min(0).max(1).default(0),
  held_ms: ms.default(2000),
  stack: z.array(z.string().min(1)).min(1),
});

const trigger = {
  on: z.enum(['start', 'connected', 'armed', 'break', 'halted', 'resume']).default('start'),
  after_ms: ms.default(0),
  after_hits: count.optional(),
  times: z.int().min(1).default(1),
};

function event<Name extends string, Shape extends z.ZodRawShape>(name: Name, shape: Shape) {
  return z.strictObject({ event: z.literal(name), ...trigger, ...shape });
}

const timelineEvent = z.discriminatedUnion('event', [
  event('connect', {}),
  event('reboot', {
    announced: z.boolean().default(true),
    seen: z.boolean().default(true),
    down_ms: ms.default(2000),
  }),
  event('link-loss', { down_ms: ms.optional() }),
  event('kd-crash', { code: z.int().default(0xc0000005) }),
  event('kd-hang', {}),
  event('bug-check', {
    code: z.int().min(0).default(0xc4),
    parameters: z.tuple([z.int().min(0), z.int().min(0), z.int().min(0), z.int().min(0)]).default([0x62, 0, 0, 0]),
  }),
  event('assertion', {
    text: z.string().default('Irp->IoStatus.Status != STATUS_PENDING'),
    file: z.string().default('d:\\src\\mydrv\\dispatch.c'),
    line: z.int().min(1).default(214),
    style: z.enum(['prompt', 'code']).default('prompt'),
  }),
  event('int3', { symbol: z.string().default('mydrv!CheckState+0x1f') }),
  event('print', { text: z.string() }),
  event('command', {
    text: z.string(),
    user: z.string().default('LAB2\\operator'),
    breaks: z.boolean().default(false),
  }),
  event('break', {}),
  event('standstill', { ms: ms.optional() }),
  event('no-process', { commands: z.int().min(1).optional() }),
  event('swallow-breaks', { count: z.int().min(1).default(1) }),
]);

/** The shape of a scenario file; `fixtures/scenarios/README.md` says in words what each key does. */
export const scenarioSchema = z.strictObject({
  about: z.string().min(1),
  seed: z.int().default(1),
  speed: z.number().positive().default(1),
  kd: kd.prefault({}),
  target: target.prefault({}),
  symbols: symbols.prefault({}),
  link: link.prefault({}),
  port: port.prefault({}),
  hits: hits.prefault({}),
  allocations: z.array(allocation).default([]),
  timeline: z.array(timelineEvent).default([]),
});

/** A scenario, every default filled in. */
export type Scenario = z.output<typeof scenarioSchema>;
export type TimelineEvent = Scenario['timeline'][number];
export type Allocation = Scenario['allocations'][number];
export type EventNamed<Name extends TimelineEvent['event']> = Extract<TimelineEvent, { event: Name }>;
