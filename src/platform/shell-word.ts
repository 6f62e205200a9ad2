/** One word as the shell of a host takes it: in quotes where it needs them, single ones for sh and double ones for cmd.exe and PowerShell. */
export function shellWord(word: string, platform: NodeJS.Platform = process.platform): string {
  if (platform === 'win32') return /[\s&|<>^"]/.test(word) ? `"${word.replaceAll('"', '\\"')}"` : word;
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
