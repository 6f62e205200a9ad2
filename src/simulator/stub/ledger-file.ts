import { replaceBooks } from '../books-file.js';
import type { Ledger } from './ledger.js';

const SAVE_EVERY_MS = 100;

/** Writes the books of a target to a file: at once where it matters, otherwise a few times a second. @returns the end of it */
export function keepInFile(ledger: Ledger, file: string): () => void {
  let timer: NodeJS.Timeout | undefined;
  const save = (): void => {
    clearTimeout(timer);
    timer = undefined;
    ledger.refresh();
    replaceBooks(file, ledger.books);
  };
  ledger.onChange = (urgent) => {
    if (urgent) save();
    else timer ??= setTimeout(save, SAVE_EVERY_MS).unref();
  };
  save();
  return () => {
    ledger.onChange = () => undefined;
    save();
  };
}
