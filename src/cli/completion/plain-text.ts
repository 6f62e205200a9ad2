/** As much of a description as a line beside a word can take. */
const LENGTH = 90;

/** PowerShell takes typographic quotes for quotes, and a script may pass through any code page. */
const ASCII: Readonly<Record<string, string>> = { '‘': "'", '’': "'", '“': '"', '”': '"', '…': '...', '–': '-' };

/** A description as it stands beside a word: one line of ASCII, no longer than needed. */
export function plainText(description: string): string {
  const ascii = description
    .replace(/[^\x20-\x7e]/g, (char) => ASCII[char] ?? ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const sentence = ascii.replace(/\. [A-Z].*$/, '');
  if (sentence.length <= LENGTH) return sentence;
  const cut = sentence.slice(0, LENGTH - 3);
  return `${cut.slice(0, cut.lastIndexOf(' '))}...`;
}
