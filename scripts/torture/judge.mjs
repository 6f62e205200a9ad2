/** 0 done, 1 is a fault of ours and never due here, 3-7 as documented, 20, 130, 143. */
const DOCUMENTED = new Set([0, 2, 3, 4, 5, 6, 7, 8, 20, 130, 143]);
/** Commands whose exit code says how the target stands. */
const TELLERS = /^(?:start|attach|rescue)$/;
const ESCAPES = /\u001b\][^\n]*\u0007|\u001b\[2J/;

/**
 * What a story comes to: the simulator's books against what people were told.
 * @returns `violation`, in words, where a target was left as nobody was told
 */
export function judge(lab, books) {
  const target = books?.target ?? { state: 'never connected', breakpoints: 0 };
  const free =
    target.dead === true ||
    target.unreachable === true ||
    (target.state !== 'halted' && target.breakpoints === 0 && (target.pool_hit_tag ?? 0) === 0);
  const ends = lab.commands.map(
    ({ words, exit, killed }) => `${words[0]} ${killed ? 'killed' : (exit?.code ?? exit?.signal)}`,
  );
  const outcome = `${[...new Set(ends)].sort().join(', ')} | ${free ? 'free' : `${target.state}, ${target.breakpoints} bp`}`;
  return { outcome, violation: violationOf(lab, free, target) };
}

function violationOf(lab, free, target) {
  for (const command of lab.commands) {
    const { words, exit, killed, err, terminal } = command;
    if (command.hangs) return `${words[0]} does not end\n${tail(err)}`;
    if (killed || terminal) continue;
    // The system ends a program that has not begun to run; then nothing was begun.
    if (exit.signal && err === '') continue;
    if (exit.signal) return `${words[0]} died by ${exit.signal}\n${tail(err)}`;
    // A kd that is killed as it starts is told of, and there is no better code for it.
    if (exit.code === 1 && /kd ended at once/.test(err) && free) continue;
    if (!DOCUMENTED.has(exit.code)) return `${words[0]} ended with ${exit.code}\n${tail(err)}`;
    if (err.includes('internal error')) return `${words[0]} had an internal error\n${tail(err)}`;
    if (ESCAPES.test(err)) return `${words[0]} showed an escape sequence of the target`;
  }
  if (free) return undefined;
  // Whoever spoke last of the target is believed: a session that was killed could not speak, a rescue behind it could.
  const tellers = lab.commands.filter(({ words, killed, terminal }) => TELLERS.test(words[0]) && !killed && !terminal);
  const wrong = tellers.filter(
    ({ exit, words }) => exit.code !== 20 && exit.signal === null && !watched(words) && !harmless(exit.code),
  );
  if (wrong.length === 0) return undefined;
  return `the target is ${target.state} with ${target.breakpoints} breakpoints, and ${wrong.map(({ words, exit }) => `${words[0]} ended with ${exit.code}`).join(', ')}\n${tail(wrong[0].err)}`;
}

// A viewer of somebody else's session says nothing of the target.
const watched = (words) => words[0] === 'attach';
// It has never had the target: another session has it, or nothing could be started.
const harmless = (code) => code === 2 || code === 3 || code === 6;

function tail(text) {
  return text.slice(-700).replace(/^/gm, '    ');
}
