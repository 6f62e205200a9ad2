/** The text alone: a part of a string keeps the whole string in memory, which may be a line of any length. */
export function apart(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string;
}
