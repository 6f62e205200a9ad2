import stringWidth from 'string-width';
import { redact } from '../../debugger/redact.js';
import { clean, cleanLines } from '../../platform/clean-text.js';
import type { SessionRecord } from '../../session/records.js';
import type { SessionStatus } from '../../session/status.js';
import { cutTo } from '../terminal-text.js';
import { formatBytes, formatMs } from '../units.js';
import { takenWay, traceInstead } from './catching-words.js';

type Detail = SessionRecord;

const text = (value: unknown): string => (value === undefined ? '' : String(value));

/** What each record says to a person; records that are not here are for machines. */
const SENTENCES: Readonly<Record<string, (record: Detail) => string | undefined>> = {
  'kd-started': (r) => `kd runs as process ${text(r.pid)}.`,
  phase: phaseSentence,
  'press-enter': () => 'Connected. Log on at the target if you need to, then press Enter to break in.',
  joined: () => 'The target of this server runs; whether it is armed, the next hit or a break-in will show.',
  'found-halted': () => 'The target is halted already.',
  'break-sent': (r) =>
    r.again ? undefined : `Breaking in (${text(r.way)}), to ${r.aim === 'arm' ? 'arm' : 'release'}.`,
  'press-break': (r) =>
    `Please press the key yourself: in another window run  kd -remote npipe:server=${text(r.host)},pipe=${text(r.pipe)}  and press Ctrl+C (Ctrl+Break) there. At somebody else's debugging server, the window of that kd does, too.`,
  'break-failed': (r) => `The break-in (${text(r.way)}) could not be sent: ${text(r.text)}.`,
  runaway: (r) =>
    `kd is leaking memory (${text(r.text)}): ${r.ended ? 'it was terminated; no target was touched.' : 'it cannot be terminated safely now.'}`,
  'break-unanswered': (r) => `The break-in (${text(r.way)}) was not answered.`,
  symbol: (r) =>
    r.again ? undefined : r.catching === 'pool-hit-tag' ? takenWay(text(r.tag)) : `Breakpoint at ${text(r.symbol)}.`,
  'tag-found': (r) =>
    `nt!PoolHitTag holds ${text(r.tag)}: a session that was lost has left it there. It is taken out when the target is released.`,
  'filter-replaced': (r) =>
    `kd had something of its own to do at break instructions${r.command === undefined ? '' : ` (${text(r.command)})`}: it is put back when the target is released.`,
  'stale-stop': () =>
    'kd still shows a stop from before a restart of the target: it is left, and the target broken into anew.',
  'code-read': (r) =>
    `The kernel’s pool functions were listed (${text(r.functions)}, in ${formatMs(Number(r.ms))} of the standstill): of ${text(r.breaks)} breaks of PoolHitTag, ${text(r.sized)} tell sizes${Number(r.addressed) > 0 ? `, and ${text(r.addressed)} addresses` : ''}.`,
  'less-detail': (r) => (r.again ? undefined : `Armed with less than was asked for: ${text(r.why)}.`),
  reload: (r) =>
    `kd knows only the kernel of a target that it has not seen boot: reading the module list (.reload), about ${formatBytes(Number(r.bytes))}${Number(r.ms) > 0 ? `, ${formatMs(Number(r.ms))} on this line` : ''}. The target stands still meanwhile; --no-reload leaves it out.`,
  'reload-left-out': (r) =>
    `kd knows only the kernel of this target: ${r.asked ? 'as asked, the module list is not read' : `reading the module list would take ${formatMs(Number(r.ms))}, and the halt limit leaves ${formatMs(Math.max(0, Number(r.left_ms)))}`}. Drivers appear as addresses, and x64 stacks end at the first of them.`,
  reloaded: (r) => `kd knows ${text(r.modules)} modules now.`,
  'exports-only': (r) =>
    `kd has no symbols of ${(r.modules as string[]).join(', ')}: names of functions there are the nearest export, and guesses. The modules are certain. "livedebug report --symbols PATH" names them properly later.`,
  quiet: (r) =>
    `No hit for ${formatMs(Number(r.ms))}, where one came every ${formatMs(Number(r.usual_ms))} before. The target may be idle; kd may also have left it standing without a word. Enter breaks in, looks after it and arms again; Ctrl+C releases it.`,
  'boot-seen': () => 'The target has booted anew, without a word of kd: its modules are loaded again.',
  'no-stop': (r) => `kd says that it has no target that stands${r.again ? ': breaking in again' : ''}.`,
  'not-joined': () => 'The debugging server does not let anybody in: it is not used.',
  pause: (r) =>
    `Burst ${text(r.burst)}: ${text(r.hits)} hits in ${formatMs(Number(r.took_ms))}. The target runs with nothing set for ${formatMs(Number(r.ms))}.`,
  'much-halted': (r) =>
    `The target is halted for ${Math.round(Number(r.share) * 100)} % of the time, at ${text(r.hits_per_minute)} hits a minute. A session with --halt-budget 10% lets it serve the rest, and reports shares with their error.`,
  'already-armed': () => 'The breakpoint is set already.',
  armed: (r) =>
    r.again
      ? undefined
      : `Armed at ${text(r.symbol)}; the target runs again, after a halt of ${formatMs(Number(r.halted_ms))}.`,
  'not-resolved': (r) =>
    `Not armed: kd finds none of ${(r.tried as string[]).join(', ')}. It said: ${(r.said as string[]).join(' / ') || 'nothing'}. Look at the symbol path (--symbols), or name another place with --at: an exported function, or nt+0x… from the kernel’s image.\n${traceInstead(text(r.tag))}`.trimEnd(),
  'late-break': () => 'A break-in of ours came late; the target is resumed.',
  stop: stopSentence,
  'kd-says': (r) => (r.kind === 'client-command' ? foreignCommand(text(r.who), text(r.text)) : undefined),
  'still-halted': (r) =>
    `The target has been halted for another ${formatMs(Number(r.ms))}: press Enter (or type g in a client) to resume it, Ctrl+C to release it.`,
  'resumed-by': (r) => `Resumed by ${r.who === 'operator' ? 'you' : text(r.who)}.`,
  'halt-limit': (r) => `The target has been halted for more than ${formatMs(Number(r.ms))}: releasing it.`,
  'link-open': () =>
    'The line to the target is open again: its next hit shows whether it works, or Enter breaks in and arms again.',
  recovered: () => 'The link works again.',
  'kd-ended': (r) => (r.again ? undefined : `kd has ended (${text(r.said) || `code ${text(r.code ?? r.signal)}`}).`),
  ending: (r) => `Ending: ${text(r.reason).replace(/\.$/, '')}.`,
  'target-free': (r) =>
    `The target runs${r.catching === 'pool-hit-tag' ? ', and nt!PoolHitTag is as it was' : ' without a breakpoint'}; it was halted for ${formatMs(Number(r.halted_ms))}${Number(r.hits) > 0 ? ', besides its hits' : ' in all'}.`,
  'log-failed': (r) => `${text(r.message)} ${text(r.remedy)}`,
  'not-shown': (r) => `Something of this session (${text(r.what)}) could not be shown: ${text(r.message)}. It goes on.`,
  'no-control': (r) => `Other terminals cannot reach this session: ${text(r.message)}.`,
};

/** A record as a line for people, or undefined. What it quotes of a target does nothing to a terminal. */
export function sentence(record: SessionRecord): string | undefined {
  const words = SENTENCES[record.event]?.(record);
  return words && redact(cleanLines(words));
}

function phaseSentence(record: Detail): string | undefined {
  switch (record.phase) {
    case 'waiting':
      return record.rebooted
        ? 'The target reboots; waiting for it. It will be armed again by itself.'
        : 'Waiting for the target to connect. Boot it with its debug entry, or reboot it.';
    case 'collecting':
      return record.symbol && !record.again ? 'Collecting. Ctrl+C releases the target.' : undefined;
    case 'lost':
      if (record.again) return undefined;
      return record.kd
        ? record.joined
          ? 'The debugging server is gone; it is joined again as soon as it is back.'
          : 'kd is gone; starting it again.'
        : 'The link to the target is silent: look at the cable. kd keeps trying.';
    case 'releasing':
      return 'Releasing the target.';
    default:
      return undefined;
  }
}

function foreignCommand(who: string, typed: string): string {
  const cleared = /(?:^|;)\s*b[cd]\b/i.test(typed);
  return `${who} typed: ${typed}${cleared ? '. The breakpoint may be gone; Enter arms again.' : ''}`;
}

function stopSentence(record: Detail): string {
  const what =
    record.kind === 'bug-check'
      ? `BUG CHECK 0x${text(record.text)}: the target has crashed and is held for analysis (join with: livedebug attach, or kd -remote)`
      : record.kind === 'break-in'
        ? record.policy === 'hold'
          ? 'Somebody else broke in; the target is theirs until they type g'
          : 'A break-in came late, right behind our g'
        : record.kind === 'cut'
          ? record.policy === 'hold'
            ? 'Somebody else broke in at a hit; the target is theirs until they type g'
            : 'A break-in came late, and met a hit'
          : `The target stopped: ${text(record.text)}`;
  return record.policy === 'hold' ? `${what}. It is held; Enter resumes it, Ctrl+C releases it.` : `${what}. Resumed.`;
}

const HINTS: readonly (readonly [afterMs: number, hint: string])[] = [
  [0, 'boot the target with its debug entry'],
  [60_000, 'is it a null-modem cable, at the port that the debug entry names?'],
  [180_000, 'is the baud rate the same on both ends? (bcdedit /dbgsettings, boot.ini)'],
  [600_000, 'was the entry with [debugger enabled] chosen at boot? A running target can be broken into: press Enter'],
];

/** What to look at when the target does not connect: it changes with how long that has lasted. */
export function waitingHint(waitedMs: number): string {
  return HINTS.findLast(([after]) => waitedMs >= after)?.[1] ?? '';
}

/** The one status line, in as many parts as the terminal has room for: what matters most comes first. */
export function statusLine(status: SessionStatus, width: number): string {
  // The last column stays free: some terminals begin a new line there.
  const room = Math.max(20, width - 1);
  const [first = '', ...more] = parts(status).map(clean);
  let line = cutTo(first, room);
  for (const part of more) {
    const longer = `${line} | ${part}`;
    if (stringWidth(longer) > room) break;
    line = longer;
  }
  return line;
}

function parts(status: SessionStatus): string[] {
  const { phase, phase_ms, hits } = status;
  if (phase === 'waiting') return [`waiting ${formatMs(phase_ms)}`, waitingHint(phase_ms)];
  if (phase !== 'collecting' && phase !== 'lost') return [phase, formatMs(phase_ms), ...(hits ? [`${hits} hits`] : [])];
  const top = status.top_driver;
  return [
    `${status.pausing ? 'pausing' : phase}, ${haltedNow(status)}`,
    `${hits} ${hits === 1 ? 'hit' : 'hits'} ${status.hits_per_minute}/min`,
    ...(top ? [`${top.name} ${Math.round((top.hits * 100) / Math.max(1, hits))}%`] : []),
    formatBytes(status.log_bytes),
  ];
}

/** What matters most to the server's users: how much of their time it takes. */
function haltedNow({ halted_share, halted_total_ms, halted_estimated, hit_halt_ms }: SessionStatus): string {
  const share = halted_share > 0 && halted_share < 0.01 ? '<1' : Math.round(halted_share * 100);
  const total = `${halted_estimated && hit_halt_ms > 0 ? '~' : ''}${formatMs(halted_total_ms)}`;
  return `halted ${share}% of last minute, ${total} in all`;
}
