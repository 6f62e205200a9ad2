import type { Kernel } from '../kernel.js';
import type { Handler, ReceivedRequest, StubAnswer } from '../request.js';
import { failed, silent } from '../request.js';
import * as breakPoints from './break-points.js';
import * as context from './context.js';
import * as controlSpace from './control-space.js';
import * as memory from './memory.js';
import * as resume from './resume.js';
import * as system from './system.js';

const handlers = new Map<number, Handler>([
  [0x3130, memory.readVirtual],
  [0x3131, memory.writeVirtual],
  [0x3132, context.getContext],
  [0x3133, context.setContext],
  [0x3134, breakPoints.writeBreakPoint],
  [0x3135, breakPoints.restoreBreakPoint],
  [0x3136, resume.continue1],
  [0x3137, controlSpace.readControlSpace],
  [0x3138, controlSpace.writeControlSpace],
  [0x3139, system.readIoSpace],
  [0x313a, system.writeIoSpace],
  [0x313b, resume.reboot],
  [0x313c, resume.continue2],
  [0x313d, memory.readPhysical],
  [0x313e, memory.writePhysical],
  [0x313f, breakPoints.querySpecialCalls],
  [0x3140, breakPoints.changeSpecialCalls],
  [0x3141, breakPoints.changeSpecialCalls],
  [0x3142, breakPoints.setInternalBreakPoint],
  [0x3143, breakPoints.getInternalBreakPoint],
  [0x3144, system.readIoSpaceExtended],
  [0x3145, system.writeIoSpaceExtended],
  [0x3146, system.getVersion],
  [0x3147, breakPoints.writeBreakPointEx],
  [0x3148, breakPoints.restoreBreakPointEx],
  [0x3149, resume.causeBugCheck],
  [0x3150, resume.switchProcessor],
  [0x3151, system.pageIn],
  [0x3152, system.answerReadMsr],
  [0x3153, system.answerWriteMsr],
  [0x3156, memory.searchMemory],
  [0x3157, system.busData],
  [0x3158, system.busData],
  [0x3159, system.checkLowMemory],
  [0x315a, (kernel) => (kernel.personality.internalBreakpoints ? silent : failed)],
  [0x315b, memory.fillMemory],
  [0x315c, memory.queryMemory],
  [0x315f, context.getContextEx],
  [0x3160, context.setContextEx],
]);

/** What the kernel answers; a call that was taken away from it is an unknown one. */
export function answer(kernel: Kernel, request: ReceivedRequest): StubAnswer {
  const handler = kernel.options.missingApis.has(request.api) ? undefined : handlers.get(request.api);
  return (handler ?? system.unknownApi)(kernel, request);
}
