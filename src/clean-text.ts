/** Text as it can be shown anywhere: control characters and direction marks of a hostile log or peer do nothing. */
export function clean(text: string): string {
  return text
    .replace(/[\0-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, '\ufffd')
    .replace(/\p{Surrogate}/gu, '\ufffd');
}
