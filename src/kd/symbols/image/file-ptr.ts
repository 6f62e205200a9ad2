/** `file.ptr` in a store stands for a file that lies elsewhere, or says why there is none. */
export type FilePointer = { readonly path: string } | { readonly message: string };

export const FILE_POINTER = 'file.ptr';
/** No pointer is longer, bytes. */
export const LONGEST_POINTER = 4096;

export function parseFilePointer(text: string): FilePointer {
  // A terminal gets to see this.
  const line = (text.split(/[\0\r\n]/)[0] ?? '').replace(/[\x01-\x1f\x7f-\x9f]/g, '?').trim();
  if (/^MSG:/i.test(line)) return { message: line.slice(4).trim() };
  return { path: line.replace(/^PATH:/i, '').trim() };
}
