import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { EXIT, Fault, messageOf } from '../../fault.js';
import type { Report } from '../model.js';

const START = '{"v":';

/**
 * A report that was saved as JSON.
 * @returns undefined if the file is something else, or cannot be opened: then it is for the reader of logs to say so
 * @throws Fault `report-unreadable` if it begins as a report and is none
 */
export function readReport(file: string): Report | undefined {
  if (!beginsAsReport(file)) return undefined;
  try {
    const report = JSON.parse(readFileSync(file, 'utf8')) as Partial<Report>;
    if (report.v === 1 && report.measure && report.stacks && report.drivers && report.callers && report.logs)
      return report as Report;
    throw new Error('it lacks what a report of this version has');
  } catch (error) {
    throw new Fault(
      'report-unreadable',
      EXIT.usage,
      `'${file}' begins as a report, but cannot be read: ${messageOf(error)}.`,
      'Make it anew from its log: livedebug report LOG --format json --out FILE',
      { cause: error },
    );
  }
}

function beginsAsReport(file: string): boolean {
  let descriptor: number;
  try {
    // What a pipe gives is gone once it was looked at.
    if (!statSync(file).isFile()) return false;
    descriptor = openSync(file, 'r');
  } catch {
    return false;
  }
  try {
    const head = Buffer.alloc(START.length);
    readSync(descriptor, head);
    return head.toString('latin1') === START;
  } catch {
    return false;
  } finally {
    closeSync(descriptor);
  }
}
