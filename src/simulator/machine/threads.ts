/** The threads of the images' code that can be woken, in the order of their sources. The C code has the same names. */
export const THREADS: readonly { readonly name: string; readonly about: string }[] = [
  { name: 'worker', about: 'system worker runs a work item of leakydrv, which allocates once' },
  { name: 'batch', about: 'a thread of leakydrv allocates five blocks in a row' },
  { name: 'ioctl', about: 'user thread controls a device: filterdrv passes down to leakydrv, which allocates' },
  { name: 'deep', about: 'user thread controls a device: filterdrv allocates at the bottom of a recursion of 14' },
  { name: 'open', about: 'user thread opens a file: object names are parsed, filterdrv allocates' },
  { name: 'reopen', about: 'work item of filterdrv opens a file by ZwOpenFile, a second trap frame on its stack' },
  { name: 'buffers', about: 'a thread of filterdrv allocates below 3 KB of locals' },
  { name: 'gui', about: 'user thread draws text: win32k allocates, and videodrv by win32k!EngAllocMem' },
  { name: 'blit', about: 'work item of videodrv, whose x86 code has no frame pointers' },
  { name: 'other', about: 'work item of leakydrv allocates another tag three times' },
  { name: 'print', about: 'DbgPrint of faultdrv' },
  { name: 'assert', about: 'a failed assertion of faultdrv, which prompts' },
  { name: 'crash', about: 'bug check E2 by faultdrv; the machine does not come back' },
  { name: 'stray', about: 'faultdrv writes to address 28, which is an access violation' },
];
