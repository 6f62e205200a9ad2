import { PACKET } from '../../../kd/wire/packet.js';
import type { Kernel } from '../kernel.js';
import { sayDbgPrint } from '../prints.js';
import { parseRequest, REQUEST_BYTES, type StubAnswer } from '../request.js';
import { answer } from '../requests/index.js';
import { pauseTask, type Task } from './task.js';

/** How a conversation with the debugger ends. `gone`: nobody took the state change. */
export type ServingEnd = Exclude<StubAnswer, { kind: 'reply' } | { kind: 'silent' }> | { readonly kind: 'gone' };

/**
 * Tells the debugger of a stop, and does what it asks until it lets the target go on.
 * @param report makes the state change; it is made once per stop
 * @param limit transmissions before a load-symbols stop gives up; 0 = for ever
 * @param told the debugger has taken the state change already, and vanished
 */
export function* serveRequests(kernel: Kernel, report: Buffer, limit: number, told = false): Task<ServingEnd> {
  const { link } = kernel;
  for (let skip = told; ; skip = false) {
    if (!skip) {
      yield* link.send(PACKET.stateChange64, report, limit);
      if (limit > 0 && !link.debuggerPresent) return { kind: 'gone' };
    }
    const ending = yield* serve(kernel);
    if (ending !== 'again') return ending;
  }
}

/** Answers requests. `again`: the state change has to be sent once more. */
function* serve(kernel: Kernel): Task<ServingEnd | 'again'> {
  const { link, statistics } = kernel;
  for (;;) {
    const got = yield* link.receive(PACKET.stateManipulate);
    if (got === 'timeout') continue;
    if (got !== 'received') return 'again';
    if (link.payload.length < REQUEST_BYTES) continue;
    const request = parseRequest(link.payload);
    statistics.request(request.api);
    const given = answer(kernel, request);
    if (given.kind === 'silent') continue;
    if (given.kind !== 'reply') return given;
    if (given.print !== undefined) {
      yield* sayDbgPrint(kernel, given.print);
      // The print's own look for a break-in takes the one that was due.
      link.breakPending = false;
    }
    yield* pauseTask(kernel.options.faults.replyDelayMs);
    request.header.writeUInt32LE(given.status >>> 0, 8);
    const payload = given.data ? Buffer.concat([request.header, given.data]) : request.header;
    const sent = yield* link.send(
      PACKET.stateManipulate,
      payload,
      kernel.personality.replySends,
      kernel.personality.resetDropsReply,
    );
    if (sent === 'reset') return 'again';
  }
}
