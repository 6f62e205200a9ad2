// The page of errors, from the faults that the source makes.

const HEAD = `# Errors

<!-- Written by "npm run docs" from the source. Do not edit. -->

**Who needs this:** whoever has an error of livedebug in front of them, and wants to know what else can be behind it.

An error is two or more lines on stderr: what happened, then what to do. The program ends with the exit code of the error
([all exit codes](exit-codes.md)). Look for the words of yours on this page; what stands in \\<angle brackets\\> is filled in. The
heading is the name of the error in the source and in tests. Symptoms that come with no error are in
[troubleshooting.md](troubleshooting.md).
`;

/** What every exit code means, in the order of the page. */
const MEANINGS = [
  [1, 'A fault of this program'],
  [2, 'Usage or configuration'],
  [3, 'Something is missing'],
  [4, 'The target never connected'],
  [5, 'Could not break in'],
  [6, 'Port, pipe or session is busy'],
  [7, 'Symbol or breakpoint not resolved'],
  [8, 'Nothing found in the log'],
  [20, 'The target may stand still'],
];

/** @param faults as `readFaults` gives them */
export function errorsPage(faults) {
  const parts = MEANINGS.flatMap(([exit, meaning]) => {
    const codes = [...new Set(faults.filter((fault) => fault.exit === String(exit)).map(({ code }) => code))];
    if (codes.length === 0) return [];
    return [`## ${meaning}: exit code ${exit}\n`, ...codes.map((code) => entry(code, exit, faults))];
  });
  return [HEAD, ...parts].join('\n');
}

function entry(code, exit, faults) {
  const own = faults.filter((fault) => fault.code === code && fault.exit === String(exit));
  const files = [...new Set(own.map(({ file }) => `\`${file}\``))];
  return `### \`${code}\`\n\n${groups(own).map(group).join('\n')}\nMade in ${files.join(', ')}.\n`;
}

/** Messages with the same remedies, together. */
function groups(faults) {
  const remediesOf = new Map();
  for (const { message, remedy } of faults)
    remediesOf.set(message, [...(remediesOf.get(message) ?? []), remedy].filter(unique));
  const together = new Map();
  for (const [message, remedies] of remediesOf) {
    const key = JSON.stringify(remedies);
    together.set(key, { remedies, messages: [...(together.get(key)?.messages ?? []), message] });
  }
  return [...together.values()];
}

/** What to do is known only when it happens: a code of Windows has a remedy of its own. */
const LATER = /^<[^<>]*>$/;

function group({ messages, remedies: all }) {
  const known = all.filter((remedy) => !LATER.test(remedy));
  const remedies = known.length > 0 ? known : ['What to do depends on what was found, and stands below the message.'];
  const said = messages.map((message) => `> ${escaped(message)}\n`).join('>\n');
  const [only] = remedies;
  return remedies.length === 1
    ? `${said}\n${escaped(only)}\n`
    : `${said}\nOne of:\n\n${remedies.map((remedy) => `- ${escaped(remedy)}\n`).join('')}`;
}

function unique(value, index, all) {
  return all.indexOf(value) === index;
}

function escaped(text) {
  return text.replace(/\s*\n\s*/g, ' ').replace(/[\\`*_<>[\]|#]/g, '\\$&');
}
