/** `file.ptr` in a store stands for a file that lies elsewhere, or says why there is none. */
export type FilePointer = { readonly path: string } | { readonly message: string };

export const FILE_POINTER = 'file.ptr';
/** No pointer is longer, bytes. */
export const LONGEST_POINTER = 4096;

export function parseFilePointer(text: string): FilePointer {
  const line = text.replace(/\0.*$/s, '').trim();
  if (/^MSG:/i.test(line)) return { message: line.slice(4).trim() };
  return { path: line.replace(/^PATH:/i, '').trim() };
}
