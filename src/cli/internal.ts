import { messageOf } from '../fault.js';

/**
 * Parts of this program that have to be processes of their own. Nobody types them, and a target may wait for them:
 * each loads no more than it needs. @returns the exit code
 */
export async function internal([part, ...words]: readonly string[]): Promise<number> {
  const [first = '', second] = words;
  try {
    if (part === 'launch-supervisor') (await import('../debugger/launch-supervisor.js')).launchSupervisor(first);
    else if (part === 'supervise-kd') await (await import('../debugger/supervisor.js')).superviseKd(first);
    else if (part === 'console-event') {
      const { sendConsoleEvent } = await import('../platform/windows/console-event.js');
      await sendConsoleEvent(Number(first), second === 'ctrl-c' ? 'ctrl-c' : 'ctrl-break');
    } else throw new Error(`no such part: ${String(part)}`);
    return 0;
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    return 1;
  }
}
