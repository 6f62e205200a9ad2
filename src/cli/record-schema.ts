import { z } from 'zod';

// What `--json` prints and events.ndjson holds. Whoever reads it passes over records and fields that they do not know:
// new ones come, and none changes its meaning while `v` is 1.

const text = z.string();
const count = z.int().nonnegative();
/** Milliseconds. */
const ms = z.number().nonnegative();
const named = z.looseObject({ name: text, hits: count });
const exitCode = z.union([0, 1, 2, 3, 4, 5, 6, 7, 8, 20, 130, 143].map((code) => z.literal(code)));
const policy = z.enum(['hold', 'resume']);
const target = z.enum(['running', 'halted', 'unknown']);
const left = z.enum(['freed', 'as-found', 'untouched', 'unanswered', 'unreached', 'unknown']);

type Fields = Readonly<Record<string, z.ZodType>>;

/** A record of any command. */
function record(about: string, fields: Fields = {}): { readonly about: string; readonly fields: Fields } {
  return { about, fields };
}

/** What a session tells of itself, in events.ndjson and by `--json`. */
export const SESSION_RECORDS = {
  session: record('It has begun: its directory and process.', { directory: text.optional(), pid: count }),
  'no-control': record('Other terminals cannot reach it.', { message: text }),
  'kd-started': record('kd runs.', { pid: count }),
  'not-watched': record('What kd takes of memory cannot be watched.', { text }),
  'kd-says': record('A line of kd that means something, as it was understood.', { kind: text }),
  phase: record('It has come to another phase.', { phase: text }),
  'press-enter': record('Connected; Enter breaks in.'),
  joined: record('It has joined a debugging server whose target runs.', { target: text }),
  'not-joined': record('A debugging server does not let anybody in.'),
  'found-halted': record('The target was halted when kd connected.', { phase: text }),
  operator: record('Somebody has pressed something.', {
    action: z.enum(['break', 'release', 'leave']),
    reason: text.optional(),
  }),
  'break-sent': record('A break-in is on its way.', { way: text, aim: text }),
  'press-break': record('Nothing else is left: a person has to press the key.', { pipe: text, host: text }),
  'break-proved': record('A break-in was answered with a prompt.', { way: text.optional() }),
  'break-unanswered': record('A break-in was not answered.', { way: text.optional() }),
  'break-failed': record('A break-in could not be sent.', { way: text, text }),
  'late-break': record('A break-in came late, and the target was resumed.'),
  typed: record('What was typed to kd.', { lines: z.array(text) }),
  reload: record('kd reads the module list.', { bytes: count, ms }),
  'reload-left-out': record('kd does not read the module list.', { bytes: count, ms, asked: z.boolean() }),
  reloaded: record('kd has read the module list.', { modules: count }),
  'exports-only': record('Modules whose names are the nearest export.', { modules: z.array(text) }),
  symbol: record('The place, or the way, at which hits are caught.', {
    symbol: text.optional(),
    catching: z.enum(['breakpoint', 'pool-hit-tag']).optional(),
  }),
  'not-resolved': record('Nothing that was tried is known to kd.', { tried: z.array(text), said: z.array(text) }),
  'already-armed': record('The breakpoint is set already.'),
  'tag-found': record('nt!PoolHitTag held a tag.', { tag: text }),
  'filter-replaced': record('kd had a command of its own at break instructions.'),
  'code-read': record(
    'kd has listed the kernel’s pool functions, the target standing still for it: what its breaks of PoolHitTag tell.',
    { ms, functions: count, breaks: count, sized: count, addressed: count },
  ),
  'less-detail': record('It is armed with less than was asked for.', { why: text }),
  armed: record('It is armed, and the target runs.', { halted_ms: ms }),
  stop: record('The target has stopped, and not at a hit of ours.', { kind: text, text: text.optional(), policy }),
  'stale-stop': record('kd shows a stop from before a restart.'),
  'no-stop': record('kd says that no target stands.'),
  'still-halted': record('The target is still halted.', { ms }),
  'resumed-by': record('Somebody has resumed the target.', { who: text }),
  halt: record('A halt is over: how long it was, and all of them.', { ms, total_ms: ms }),
  'halt-limit': record('The halt limit is reached.', { ms }),
  quiet: record('No hit came for much longer than usual.', { ms, usual_ms: ms }),
  'much-halted': record('Hits keep the target halted for much of its time.', {
    share: z.number(),
    hits_per_minute: z.number(),
  }),
  burst: record('A burst begins, under a halt budget.', { burst: count, hits: count }),
  pause: record('A burst is over; nothing is set.', { burst: count, hits: count, took_ms: ms, ms }),
  progress: record('From time to time: hits so far.', { hits: count, log_bytes: count }),
  'boot-seen': record('The target has booted anew.'),
  'link-open': record('The line is open again.'),
  recovered: record('The link works again.'),
  runaway: record('kd takes more and more memory.', { text, ended: z.boolean() }),
  'kd-ended': record('kd has ended.', { code: z.int().nullish(), signal: text.nullish(), said: text.optional() }),
  'log-failed': record('The log cannot be written.', { message: text, remedy: text }),
  'not-shown': record('Something could not be shown, and the session goes on.', { what: text, message: text }),
  ending: record('It ends.', { reason: text }),
  'target-free': record('The target was seen to run, with nothing set.', { halted_ms: ms, hits: count }),
  comparing: record("kd's own log is compared with the session's."),
} as const;

/** What the other commands tell. */
export const COMMAND_RECORDS = {
  session: record('status: a session of this host, alive or orphaned.', {
    run: text,
    standing: text,
    pipe: text,
    tag: text,
    directory: text,
    pid: count,
    phase: text,
    target,
    armed: z.boolean(),
    hits: count,
  }),
  stopped: record('stop: how a session ended.', { run: text, exit_code: exitCode, text, left: left.optional() }),
  check: record('doctor, target check: one finding. Of a port of KDNET also who was heard there.', {
    ok: z.boolean(),
    text,
    heard: z
      .looseObject({
        targets: z.array(z.looseObject({ address: text, port: count, pokes: count, session_with: text.optional() })),
        other_key: z.array(text),
        strangers: z.array(text),
        taken_by_others: z.array(text).optional(),
      })
      .optional(),
  }),
  port: record('ports: a serial port.', { path: text }),
  run: record('runs: a run of this host.', { run: text, directory: text, bytes: count, state: text }),
  removed: record('runs prune: a run that was removed.', { run: text, directory: text, bytes: count }),
  'would-remove': record('runs prune --dry-run: one that would be.', { run: text, directory: text, bytes: count }),
  kept: record('runs prune: one that stays.', { run: text, directory: text, bytes: count }),
  scenario: record('simulate scenarios: a scenario of the simulated kd.', { name: text, about: text }),
  script: record('simulate scripts: a script of the simulated target.', { name: text, about: text }),
  symbols: record('symbols fetch: an image, and its PDB if there is one.', { image: text, why: z.array(text) }),
  step: record('rehearse: one command of the job, and how it ended.', { command: z.array(text), exit_code: exitCode }),
} as const;

/** What any command ends with. */
export const END_RECORDS = {
  error: record('What went wrong, and what to do about it; the result follows.', {
    code: text,
    message: text,
    remedy: text.optional(),
    exit_code: exitCode,
  }),
  result: record('The last record. Of a session: how the target was left, and what was found.', {
    exit_code: exitCode,
    reason: text.optional(),
    disposition: target.optional(),
    left: left.optional(),
    hits: count.optional(),
    halted_total_ms: ms.optional(),
    halted_estimated: z.boolean().optional(),
    elapsed_ms: ms.optional(),
    top_driver: named.optional(),
    top_caller: named.optional(),
    log: text.optional(),
    directory: text.optional(),
  }),
} as const;

const ofSession = { run: text, seq: z.int().positive(), at: z.iso.datetime(), mono_ms: ms };

function schemas(records: Readonly<Record<string, ReturnType<typeof record>>>, also: Fields = {}): z.ZodObject[] {
  return Object.entries(records).map(([event, { about, fields }]) =>
    z.looseObject({ v: z.literal(1), event: z.literal(event), ...also, ...fields }).meta({ description: about }),
  );
}

/** One line of `--json` of any command, and of events.ndjson. */
export const RECORD = z.union([
  ...schemas({ ...SESSION_RECORDS, ...END_RECORDS }, ofSession),
  ...schemas({ ...COMMAND_RECORDS, ...END_RECORDS }),
]);

/** The JSON Schema of a record. */
export function recordSchema(): object {
  return { title: 'A record of livedebug --json', ...z.toJSONSchema(RECORD) };
}

/** The page that explains the records. */
export function recordPage(): string {
  const rows = (records: Readonly<Record<string, ReturnType<typeof record>>>): string[] =>
    Object.entries(records).map(
      ([event, { about, fields }]) =>
        `| \`${event}\` | ${about} | ${Object.keys(fields)
          .map((name) => `\`${name}\``)
          .join(', ')} |`,
    );
  const table = (records: Readonly<Record<string, ReturnType<typeof record>>>): string[] => [
    '| `event` | what it says | fields |',
    '|---|---|---|',
    ...rows(records),
    '',
  ];
  return [
    '# Records: `--json` and `events.ndjson`',
    '',
    '**Who needs this:** whoever reads livedebug by a program, a script or an agent.',
    '',
    'With `--json` a command prints one JSON object a line on standard output, and nothing',
    'else there; what is for people goes to standard error. The last line is a `result`, also when the command fails: then an `error`',
    'stands before it. `exit_code` is the exit code of the program.',
    '',
    'Every record has `v` (1) and `event`. Pass over records and fields that you do not know: new ones come, and none changes its meaning',
    'while `v` is 1. Addresses are strings of 16 hex digits. Times in `…_ms` and `ms` are milliseconds, sizes are bytes.',
    '`livedebug schema` prints the JSON Schema of all this.',
    '',
    '`report --json` and `compare --json` print one object, which is the result itself.',
    '',
    '## The end of every command',
    '',
    ...table(END_RECORDS),
    '## A session: `start`, `attach`, `rescue`, and `events.ndjson` in its run directory',
    '',
    'They also have `run` (its name), `seq` (1, 2, 3, …), `at` (wall clock, ISO 8601) and `mono_ms` (since the session began).',
    '',
    ...table(SESSION_RECORDS),
    '## Other commands',
    '',
    ...table(COMMAND_RECORDS),
  ].join('\n');
}
