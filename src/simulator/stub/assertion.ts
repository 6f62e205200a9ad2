import type { Kernel, KernelEvent } from './kernel.js';
import { prompt, sayDbgPrint } from './prints.js';
import { breakStop } from './stops.js';
import type { Task } from './threads/task.js';

const ASSERTION = 5;

/** RtlAssert: says what failed, asks what to do, and asks again until the answer is one. Without a debugger it waits for one. */
export function* assertion(
  kernel: Kernel,
  { text, file, line }: Extract<KernelEvent, { event: 'prompt' }>,
): Task<void> {
  yield* sayDbgPrint(kernel, `\n*** Assertion failed: ${text}\n***   Source File: ${file}, line ${line}\n\n`);
  for (;;) {
    kernel.statistics.halted('prompt');
    const given = yield* prompt(
      kernel,
      'Break repeatedly, break Once, Ignore, terminate Process, or terminate Thread (boipt)? ',
      2,
    );
    kernel.statistics.resumed(kernel.phase);
    const letter = given.charAt(0).toLowerCase();
    if (letter === 'b' || letter === 'o') {
      yield* sayDbgPrint(kernel, "Execute '.cxr 0' to dump context\n");
      yield* breakStop(kernel, ASSERTION, 'int3');
    }
    if (letter === 'o' || letter === 'i' || letter === 'p' || letter === 't') return;
  }
}
