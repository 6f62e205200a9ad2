const ODD = /[\0-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Text as it can be shown anywhere: control characters and direction marks of a hostile log or peer do nothing. */
export function clean(text: string): string {
  return text.replace(ODD, '\ufffd').replace(/\p{Surrogate}/gu, '\ufffd');
}

/** As `clean`, of text of several lines: its line ends and tabs stay. */
export function cleanLines(text: string): string {
  return text.replace(/\r/g, '').replace(/[^\n\t]+/g, clean);
}

/** JSON as a terminal may show it: what is no ASCII control character, and acts like one, is escaped as well. */
export function cleanJson(json: string): string {
  return json.replace(ODD, (odd) => `\\u${odd.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
