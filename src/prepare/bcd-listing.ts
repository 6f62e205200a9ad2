/** One object of a `bcdedit /enum` listing: its elements by name, in lower case. */
export type BcdObject = ReadonlyMap<string, string>;

/** What `bcdedit /v` prints for objects that have a name otherwise. Source: "BCD Reference", well-known GUIDs. */
const WELL_KNOWN: Readonly<Record<string, string>> = {
  '{9dea862c-5cdd-4e70-acc1-f32b344d4795}': '{bootmgr}',
  '{4636856e-540f-4170-a130-a84776f4c654}': '{dbgsettings}',
  '{0ce4991b-e6b3-4b16-b23c-5e0d9250e5d9}': '{emssettings}',
};

/** Elements whose values name other objects. */
const REFERENCES = new Set(
  'default resumeobject inherit displayorder toolsdisplayorder bootsequence recoverysequence'.split(' '),
);

/** Element names that no other text has in the first place of a line: one blank behind them is enough, as where a page has eaten the others. */
const ELEMENTS = new Set([
  ...REFERENCES,
  ...'device path description locale osdevice systemroot debug debugtype debugport baudrate debugaddress busparams'.split(
    ' ',
  ),
  ...'debugstart noumex bootdebug ems bootems emsport emsbaudrate channel targetname hostip hostipv6 port key dhcp timeout nx'.split(
    ' ',
  ),
  ...'identifier hypervisordebug hypervisordebugtype hypervisorlaunchtype'.split(' '),
]);

/** Names of up to 23 characters are padded to 24. */
const PADDED = 23;
const ELEMENT = /^(\S+)(\s+)(\S.*)$/;
/** The one label that is translated, before the name of an object. */
const IDENTIFIER = /^(\S.*?)\s+(\{[^{}\s]+\})$/;
const DASHES = /^[-\u2010-\u2015\u2500=_]{3,}$/;
const PROMPT = /^(?:PS\s[^>]*>|[a-z]:[\\/][^>]*>|\\\\[^>]*>|[>#$]?\s*"?bcdedit(?:\.exe)?"?(?:\s|$))/i;

/**
 * Reads what `bcdedit` prints, in any language, with the prompts of a shell around it: titles and the label of the identifier are
 * translated, names of elements are not. What `bcdedit /dbgsettings` alone prints is an object without an identifier.
 */
export function parseBcdListing(text: string): BcdObject[] {
  const reader = new ListingReader();
  for (const line of linesOf(text)) reader.line(line);
  return reader.objects.filter(
    (object) => object.has('identifier') || [...object.keys()].some((name) => ELEMENTS.has(name)),
  );
}

/** The well-known name of an object, `{dbgsettings}`, or its GUID. */
export function identifierOf(object: BcdObject): string | undefined {
  const identifier = object.get('identifier')?.toLowerCase();
  if (identifier === undefined) return undefined;
  // A loader's GUID is anybody's choice.
  return startsSystem(object) ? identifier : (WELL_KNOWN[identifier] ?? identifier);
}

/** Whether an object is a boot entry of Windows. */
export function startsSystem(object: BcdObject): boolean {
  return object.has('osdevice') || /\\winload\.(?:exe|efi)$/i.test(object.get('path') ?? '');
}

class ListingReader {
  readonly objects: Map<string, string>[] = [];
  #label: string | undefined;
  /** A blank line or a prompt was last: what follows may be another object. */
  #parted = true;

  line(line: string): void {
    const text = line.trim();
    if (text === '') this.#parted = true;
    else if (PROMPT.test(text)) this.#begin();
    else if (DASHES.test(text)) this.#begin();
    // A value that goes on in the next line stands under it.
    else if (!/^\s/.test(line)) this.#element(text);
  }

  #begin(): Map<string, string> {
    const last = this.objects.at(-1);
    const object = last?.size === 0 ? last : new Map<string, string>();
    if (object !== last) this.objects.push(object);
    this.#parted = false;
    return object;
  }

  #element(text: string): void {
    const [, label = '', identifier] = IDENTIFIER.exec(text) ?? [];
    const lower = label.toLowerCase();
    if (identifier !== undefined && !REFERENCES.has(lower) && this.#isIdentifier(lower)) {
      this.#label ??= lower;
      this.#begin().set('identifier', identifier);
      return;
    }
    const [, name = '', gap = '', value] = ELEMENT.exec(text) ?? [];
    const known = ELEMENTS.has(name.toLowerCase());
    if (value === undefined || !(known || gap.length > 1 || gap === '\t' || name.length >= PADDED)) return;
    const last = this.objects.at(-1);
    // The settings of the debugger follow a listing without a title where two commands were saved in one file.
    const apart = this.#parted && /^debugtype$/i.test(name) && last?.has('identifier');
    const object = last === undefined || apart ? this.#begin() : last;
    object.set(name.toLowerCase(), value.trim());
    this.#parted = false;
  }

  #isIdentifier(label: string): boolean {
    return this.#parted || this.objects.at(-1)?.size === 0 || label === (this.#label ?? 'identifier');
  }
}

/** Lines without what a mailer, a forum or a page has put before and between them. */
function linesOf(text: string): string[] {
  const lines = text.split(/\r\n|\r|\n/).map((line) => line.replace(/[\u00a0\u3000]/g, ' ').trimEnd());
  const filled = lines.filter((line) => line !== '');
  const quoted = filled.length > 0 && filled.every((line) => /^\s*>/.test(line));
  const bare = quoted ? lines.map((line) => line.replace(/^\s*(?:> ?)+/, '')) : lines;
  const indent = Math.min(...bare.filter((line) => line.trim() !== '').map((line) => line.search(/\S/)), 80);
  const straight = bare.map((line) => line.slice(indent));
  // Twice as many line ends as there were: no two lines stand together.
  const spaced = straight.every((line, i) => i === 0 || line === '' || straight[i - 1] === '');
  return spaced ? straight.filter((line, i) => line !== '' || straight[i - 1] === '') : straight;
}
