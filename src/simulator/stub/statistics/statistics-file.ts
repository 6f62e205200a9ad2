import { EXIT, Fault, messageOf } from '../../../fault.js';
import { replaceBooks } from '../../books-file.js';
import type { StubStatistics } from './stub-statistics.js';

const SAVE_EVERY_MS = 100;

/** Writes the books of a target to a file: at once where it matters, otherwise a few times a second. @returns the end of it @throws Fault when it cannot be written */
export function keepInFile(statistics: StubStatistics, file: string): () => void {
  let timer: NodeJS.Timeout | undefined;
  const save = (): void => {
    clearTimeout(timer);
    timer = undefined;
    statistics.refresh();
    replaceBooks(file, statistics.books);
  };
  statistics.onChange = (urgent) => {
    if (urgent) save();
    else timer ??= setTimeout(save, SAVE_EVERY_MS).unref();
  };
  try {
    save();
  } catch (error) {
    throw new Fault(
      'books-unwritable',
      EXIT.missing,
      `The books cannot be written to ${file}: ${messageOf(error)}.`,
      'Name a file in a folder that exists and is yours to write in.',
      { cause: error },
    );
  }
  return () => {
    statistics.onChange = () => undefined;
    save();
  };
}
