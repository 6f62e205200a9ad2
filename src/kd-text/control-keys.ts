/** CTRL+F: "break into the kernel, same as CTRL+C", as a line of input. Source: "KD Command-Line Options", control keys. */
export const CTRL_F = '\x06';
/** CTRL+B: leave kd without touching the target. */
export const CTRL_B = '\x02';

/** A key of kd's console, as it arrives on a line of its own. */
export type ControlKey = 'break' | 'quit' | 'cycle-break' | 'resync' | 'verbose' | 'version' | 'baud' | 'diagnostics';

const keys: Readonly<Record<string, ControlKey>> = {
  '\x01': 'baud',
  [CTRL_B]: 'quit',
  '\x03': 'break',
  '\x04': 'diagnostics',
  [CTRL_F]: 'break',
  '\x0b': 'cycle-break',
  '\x12': 'resync',
  '\x16': 'verbose',
  '\x17': 'version',
};

/** The key that a typed line begins with; undefined for a command. */
export function controlKey(line: string): ControlKey | undefined {
  return keys[line.charAt(0)];
}

/** What kd says when CTRL+K moves on, by its new state. */
export const initialBreakTexts = [
  'Will NOT breakin at next boot.',
  'Will breakin at next boot.',
  'Will breakin on first symbol load at next boot.',
] as const;
