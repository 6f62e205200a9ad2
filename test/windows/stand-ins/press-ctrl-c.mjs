// press-ctrl-c PID TIMES: presses Ctrl+C in the console of a process, so many times in one moment. A program of its own,
// since it gives up its console for that one.
import koffi from 'koffi';

const [pid, times] = process.argv.slice(2).map(Number);
const kernel32 = koffi.load('kernel32.dll');
const generate = kernel32.func('int __stdcall GenerateConsoleCtrlEvent(uint32 event, uint32 group)');
kernel32.func('int __stdcall FreeConsole()')();
const attached = kernel32.func('int __stdcall AttachConsole(uint32 pid)')(pid);
kernel32.func('int __stdcall SetConsoleCtrlHandler(void *handler, int add)')(null, 1);
let sent = 0;
for (let press = 0; attached && press < times; press++) sent += generate(0, 0) ? 1 : 0;
// Windows delivers an event on a thread of its own; a console that is left at once may miss it.
setTimeout(() => process.exit(sent === times ? 0 : 1), 50);
