/** Takes KDNET keys and passwords out of a text: none of them may reach a file or a screen. */
export function redact(text: string): string {
  return text.replace(/\b(key|password)=(?:"[^"]*"?|[^,\s"]+)/gi, '$1=***');
}

/** The same for a list of arguments. */
export function redactAll(words: readonly string[]): string[] {
  return words.map(redact);
}

/** JSON of a value without them. They are taken out of its strings, where a quote is still one. */
export function redactedJson(value: unknown): string {
  return JSON.stringify(value, (_name, each: unknown) => (typeof each === 'string' ? redact(each) : each));
}
