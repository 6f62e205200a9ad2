/** What bcdedit prints for yes and no in the languages of Windows. */
const YES = words(
  'yes on true 1 ja oui si sí sì sim tak ano áno igen evet да da kyllä jah jā taip так ναι כן نعم ใช่ có はい 是 예',
);
const NO = words(
  'no off false 0 nein non não nao nie ne nē nem hayır нет не nej nei nee ei nu ні όχι לא لا ไม่ใช่ không いいえ 否 아니요 아니오',
);

/** Code pages in which a command prompt saves a listing; what it reads as Latin-1 is decoded once more. */
const CODE_PAGES =
  'ibm866 windows-1251 windows-1250 windows-1253 windows-1254 windows-1255 windows-1256 windows-1257 windows-874 shift_jis gbk big5 euc-kr'.split(
    ' ',
  );
/** The same words in the code pages of Western and Central Europe that no decoder knows (437, 850, 852, 857), as Latin-1 reads them. */
const OEM_YES = words('s\xa1 s\x8d kyll\x84 kyll\x8e');
const OEM_NO = words('n\xc6o n\x84o hay\x8dr');

/** Stands for a byte that is a letter in many code pages, and a blank in Latin-1. */
const LETTER = '\uf8a0';

/** Whether an element is on, in the languages that Windows prints; undefined for words that are not known. */
export function isOn(value: string | undefined): boolean | undefined {
  if (value === undefined) return false;
  for (const word of spellings(value.trim())) {
    if (YES.has(word) || OEM_YES.has(word)) return true;
    if (NO.has(word) || OEM_NO.has(word)) return false;
  }
  return undefined;
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.toLowerCase().split(' '));
}

function* spellings(value: string): Generator<string> {
  const latin1 = value.replaceAll(LETTER, '\xa0');
  yield latin1.toLowerCase();
  if (!/[\x80-\xff]/.test(latin1) || /[^\0-\xff]/.test(latin1)) return;
  const bytes = Buffer.from(latin1, 'latin1');
  for (const page of CODE_PAGES) {
    const word = decoded(bytes, page);
    if (word !== undefined) yield word.toLowerCase();
  }
}

/** A runtime may lack a code page. */
function decoded(bytes: Buffer, page: string): string | undefined {
  try {
    return new TextDecoder(page, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * A saved listing as text: PowerShell saves UTF-16, a command prompt its code page, which stays as Latin-1.
 * @param latin1 the file, byte by byte
 */
export function listingText(latin1: string): string {
  const bytes = Buffer.from(latin1, 'latin1');
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.subarray(2).toString('utf16le');
  if (bytes[0] === 0xfe && bytes[1] === 0xff)
    return Buffer.from(bytes.subarray(2, bytes.length & ~1))
      .swap16()
      .toString('utf16le');
  // Every other byte zero: UTF-16 whose mark was lost.
  if (bytes.length > 3 && bytes[1] === 0 && bytes[3] === 0) return bytes.toString('utf16le');
  return (decoded(bytes, 'utf-8') ?? latin1.replaceAll('\xa0', LETTER)).replace(/^\ufeff/, '');
}
