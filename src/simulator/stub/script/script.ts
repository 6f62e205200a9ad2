import { z } from 'zod';

const ms = z.number().min(0);
const count = z.int().min(0);
const chance = z.number().min(0).max(1);
const place = z.string().min(1);

const trigger = {
  /** What the delay counts from. */
  on: z.enum(['start', 'connected', 'armed', 'halted', 'resume']).default('start'),
  after_ms: ms.default(0),
  /** Counts hits instead: the delay begins with that hit. */
  after_hits: z.int().min(1).optional(),
  /** Again and again, so often apart. */
  every_ms: z.number().min(1).optional(),
  times: z.int().min(1).optional(),
};

function event<Name extends string, Shape extends z.ZodRawShape>(name: Name, shape: Shape) {
  return z.strictObject({ event: z.literal(name), ...trigger, ...shape });
}

const timelineEvent = z.discriminatedUnion('event', [
  event('power-on', {}),
  event('reboot', { announced: z.boolean().default(true) }),
  event('cable-out', { down_ms: ms.optional() }),
  event('print', { text: z.string().min(1), user: z.boolean().default(false) }),
  event('prompt', {
    text: z.string().default('Irp->IoStatus.Status != STATUS_PENDING'),
    file: z.string().default('d:\\src\\mydrv\\dispatch.c'),
    line: z.int().min(1).default(214),
  }),
  event('bug-check', {
    code: z.int().min(0).default(0xc4),
    parameters: z.array(z.int().min(0)).max(4).default([0x62, 0, 0, 0]),
  }),
  event('die', { in_packet: z.boolean().default(false) }),
  event('wake', { thread: z.string().min(1), count: z.int().min(1).default(1) }),
]);

const lineFaults = z.strictObject({
  lose: chance.default(0),
  double: chance.default(0),
  flip: chance.default(0),
  late: chance.default(0),
  late_ms: ms.default(100),
});

/** The shape of a target script; `fixtures/targets/README.md` says in words what each key does. */
export const scriptSchema = z.strictObject({
  about: z.string().min(1),
  target: z
    .strictObject({
      fifo_bytes: count.optional(),
      checked_build: z.boolean().optional(),
      user_breaks: chance.optional(),
      missing_apis: z.array(z.int()).optional(),
      ids: z.strictObject({ target: z.int(), host: z.int() }).optional(),
      orphans: z
        .strictObject({
          table: z.array(place).optional(),
          raw: z.array(place).optional(),
          hardware: z.array(place).optional(),
        })
        .optional(),
    })
    .prefault({}),
  boot: z
    .strictObject({
      loader_ms: ms.optional(),
      kernel_ms: ms.optional(),
      driver_ms: ms.optional(),
      prints_per_driver: count.optional(),
      file_request: z.string().optional(),
    })
    .prefault({}),
  /** Wake-ups per second, by thread. */
  wakes: z.record(z.string(), z.number().min(0)).default({}),
  faults: z
    .strictObject({
      to_target: lineFaults.prefault({}),
      to_host: lineFaults.prefault({}),
      stale_id: chance.default(0),
      reply_delay_ms: ms.default(0),
    })
    .prefault({}),
  timeline: z.array(timelineEvent).default([]),
});

export type Script = z.output<typeof scriptSchema>;
export type ScriptEvent = Script['timeline'][number];

export const emptyScript: Script = scriptSchema.parse({ about: 'a target' });
