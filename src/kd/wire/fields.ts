import { PACKET } from './packet.js';

/** How a field is shown: hexadecimal of so many bytes, or something with a meaning of its own. */
type Form = 2 | 4 | 8 | 'text' | 'bytes';

/** Name, offset in the payload, form. */
type Field = readonly [name: string, offset: number, form: Form];

const MANIPULATE_HEAD: readonly Field[] = [
  ['ProcessorLevel', 4, 2],
  ['Processor', 6, 2],
  ['ReturnStatus', 8, 4],
];
const ADDRESS: Field = ['Address', 16, 8];
const COUNTS: readonly Field[] = [
  ['TransferCount', 24, 4],
  ['ActualBytes', 28, 4],
  ['Data', 56, 'bytes'],
];
const SLICE: readonly Field[] = [
  ['Offset', 16, 4],
  ['ByteCount', 20, 4],
  ['BytesCopied', 24, 4],
  ['Data', 56, 'bytes'],
];
const MSR: readonly Field[] = [
  ['Msr', 16, 4],
  ['Low', 20, 4],
  ['High', 24, 4],
];
const IO: readonly Field[] = [
  ['IoAddress', 16, 8],
  ['DataSize', 24, 4],
  ['DataValue', 28, 4],
];

/** The APIs of STATE_MANIPULATE with their fields. Source: `DBGKD_MANIPULATE_STATE64` and its union. */
const APIS: Readonly<Record<number, readonly [name: string, fields: readonly Field[]]>> = {
  12592: ['ReadVirtualMemory', [ADDRESS, ...COUNTS]],
  12593: ['WriteVirtualMemory', [ADDRESS, ...COUNTS]],
  12594: [
    'GetContext',
    [
      ['ContextFlags', 16, 4],
      ['Context', 56, 'bytes'],
    ],
  ],
  12595: [
    'SetContext',
    [
      ['ContextFlags', 16, 4],
      ['Context', 56, 'bytes'],
    ],
  ],
  12596: ['WriteBreakPoint', [ADDRESS, ['Handle', 24, 4]]],
  12597: ['RestoreBreakPoint', [['Handle', 16, 4]]],
  12598: ['Continue', [['ContinueStatus', 16, 4]]],
  12599: ['ReadControlSpace', [ADDRESS, ...COUNTS]],
  12600: ['WriteControlSpace', [ADDRESS, ...COUNTS]],
  12601: ['ReadIoSpace', IO],
  12602: ['WriteIoSpace', IO],
  12603: ['Reboot', []],
  12604: [
    'Continue2',
    [
      ['ContinueStatus', 16, 4],
      ['TraceFlag', 20, 4],
      ['ControlSet', 24, 'bytes'],
    ],
  ],
  12605: ['ReadPhysicalMemory', [ADDRESS, ...COUNTS]],
  12606: ['WritePhysicalMemory', [ADDRESS, ...COUNTS]],
  12607: ['QuerySpecialCalls', []],
  12608: ['SetSpecialCall', [ADDRESS]],
  12609: ['ClearSpecialCalls', []],
  12610: ['SetInternalBreakPoint', [ADDRESS, ['Flags', 24, 4]]],
  12611: ['GetInternalBreakPoint', [ADDRESS]],
  12612: [
    'ReadIoSpaceExtended',
    [
      ['DataSize', 16, 4],
      ['IoAddress', 32, 8],
      ['DataValue', 40, 4],
    ],
  ],
  12613: [
    'WriteIoSpaceExtended',
    [
      ['DataSize', 16, 4],
      ['IoAddress', 32, 8],
      ['DataValue', 40, 4],
    ],
  ],
  12614: [
    'GetVersion',
    [
      ['MajorVersion', 16, 2],
      ['MinorVersion', 18, 2],
      ['Flags', 22, 2],
      ['MachineType', 24, 2],
      ['KernBase', 32, 8],
      ['PsLoadedModuleList', 40, 8],
      ['DebuggerDataList', 48, 8],
    ],
  ],
  12615: [
    'WriteBreakPointEx',
    [
      ['Count', 16, 4],
      ['ContinueStatus', 20, 4],
      ['Data', 56, 'bytes'],
    ],
  ],
  12616: [
    'RestoreBreakPointEx',
    [
      ['Count', 16, 4],
      ['ContinueStatus', 20, 4],
      ['Data', 56, 'bytes'],
    ],
  ],
  12617: ['CauseBugCheck', [['Code', 16, 4]]],
  12624: ['SwitchProcessor', []],
  12625: ['PageIn', [ADDRESS]],
  12626: ['ReadMsr', MSR],
  12627: ['WriteMsr', MSR],
  12630: ['SearchMemory', [ADDRESS, ['Length', 24, 8], ['PatternLength', 32, 4], ['Data', 56, 'bytes']]],
  12631: [
    'GetBusData',
    [
      ['Bus', 20, 4],
      ['Slot', 24, 4],
      ['Data', 56, 'bytes'],
    ],
  ],
  12632: [
    'SetBusData',
    [
      ['Bus', 20, 4],
      ['Slot', 24, 4],
      ['Data', 56, 'bytes'],
    ],
  ],
  12633: ['CheckLowMemory', []],
  12634: ['ClearAllInternalBreakpoints', []],
  12635: ['FillMemory', [ADDRESS, ['Length', 24, 4], ['Data', 56, 'bytes']]],
  12636: ['QueryMemory', [ADDRESS, ['AddressSpace', 32, 4], ['Flags', 36, 4]]],
  12637: ['SwitchPartition', [['Partition', 16, 4]]],
  12638: ['WriteCustomBreakpoint', [ADDRESS, ['Instruction', 24, 8], ['Handle', 32, 4]]],
  12639: ['GetContextEx', SLICE],
  12640: ['SetContextEx', SLICE],
};

/** STATE_CHANGE64. Source: `DBGKD_ANY_WAIT_STATE_CHANGE`. */
const STATE_HEAD: readonly Field[] = [
  ['ProcessorLevel', 4, 2],
  ['Processor', 6, 2],
  ['NumberProcessors', 8, 4],
  ['Thread', 16, 8],
  ['ProgramCounter', 24, 8],
];
const STATES: Readonly<Record<number, readonly [name: string, fields: readonly Field[]]>> = {
  12336: [
    'Exception',
    [
      ['ExceptionCode', 32, 4],
      ['ExceptionFlags', 36, 4],
      ['ExceptionAddress', 48, 8],
      ['NumberParameters', 56, 4],
      ['FirstChance', 184, 4],
      ['ControlReport', 192, 'bytes'],
    ],
  ],
  12337: [
    'LoadSymbols',
    [
      ['PathNameLength', 32, 4],
      ['BaseOfDll', 40, 8],
      ['ProcessId', 48, 8],
      ['CheckSum', 56, 4],
      ['SizeOfImage', 60, 4],
      ['UnloadSymbols', 64, 2],
      ['PathName', 240, 'text'],
    ],
  ],
  12338: ['CommandString', [['Command', 240, 'text']]],
};

const OTHERS: Readonly<Record<number, Readonly<Record<number, readonly [name: string, fields: readonly Field[]]>>>> = {
  [PACKET.debugIo]: {
    12848: [
      'PrintString',
      [
        ['Processor', 6, 2],
        ['Length', 8, 4],
        ['Text', 16, 'text'],
      ],
    ],
    12849: [
      'GetString',
      [
        ['Processor', 6, 2],
        ['PromptLength', 8, 4],
        ['StringLength', 12, 4],
        ['Text', 16, 'text'],
      ],
    ],
  },
  [PACKET.fileIo]: {
    13360: [
      'CreateFile',
      [
        ['Status', 4, 4],
        ['DesiredAccess', 8, 4],
        ['Name', 64, 'text'],
      ],
    ],
    13361: [
      'ReadFile',
      [
        ['Status', 4, 4],
        ['Handle', 8, 8],
        ['Offset', 16, 8],
        ['Length', 24, 4],
      ],
    ],
    13362: [
      'WriteFile',
      [
        ['Status', 4, 4],
        ['Handle', 8, 8],
        ['Offset', 16, 8],
        ['Length', 24, 4],
      ],
    ],
    13363: [
      'CloseFile',
      [
        ['Status', 4, 4],
        ['Handle', 8, 8],
      ],
    ],
  },
  [PACKET.controlRequest]: {
    17152: [
      'RequestHardwareBreakpoint',
      [
        ['Number', 4, 4],
        ['Available', 8, 4],
      ],
    ],
    17153: [
      'ReleaseHardwareBreakpoint',
      [
        ['Number', 4, 4],
        ['Released', 8, 4],
      ],
    ],
  },
  [PACKET.traceIo]: {
    13104: [
      'PrintTrace',
      [
        ['Length', 8, 4],
        ['Data', 64, 'bytes'],
      ],
    ],
  },
};

/** What is in the payload of a data packet, a line per field. Fields beyond the payload's end are left out. */
export function fieldLines(type: number, payload: Buffer): string[] {
  if (payload.length < 4) return [`${payload.length} bytes: ${payload.toString('hex')}`];
  const number = payload.readUInt32LE(0);
  const [head, [name, fields]] = kindOf(type, number);
  const shown = [...head, ...fields].flatMap((field) => fieldText(field, payload));
  return [`${name} (${number.toString(16)})`, ...shown.map((text) => `  ${text}`)];
}

function kindOf(type: number, number: number): readonly [readonly Field[], readonly [string, readonly Field[]]] {
  const rest: readonly Field[] = [['Data', 4, 'bytes']];
  if (type === PACKET.stateManipulate)
    return [MANIPULATE_HEAD, APIS[number] ?? ['unknown API', [['Data', 16, 'bytes']]]];
  if (type === PACKET.stateChange64) return [STATE_HEAD, STATES[(number & 0xfffe_ffff) >>> 0] ?? ['unknown state', []]];
  return [[], OTHERS[type]?.[number] ?? ['unknown', rest]];
}

function fieldText([name, offset, form]: Field, payload: Buffer): string[] {
  if (offset >= payload.length) return [];
  const rest = payload.subarray(offset);
  if (form === 'text') return [`${name} ${JSON.stringify(textOf(rest))}`];
  if (form === 'bytes') return [`${name} ${rest.length} bytes ${shortHex(rest)}`];
  if (rest.length < form) return [];
  const digits = Buffer.from(rest.subarray(0, form).toReversed()).toString('hex');
  return [`${name} ${digits}`];
}

// Names of files are UTF-16, everything else is one byte a character.
function textOf(bytes: Buffer): string {
  const wide = bytes.length >= 4 && bytes[1] === 0 && bytes[3] === 0;
  return bytes.toString(wide ? 'utf16le' : 'latin1').replace(/\0+$/, '');
}

function shortHex(bytes: Buffer): string {
  const shown = bytes.toString('hex', 0, 32).replace(/(.{8})(?=.)/g, '$1 ');
  return bytes.length > 32 ? `${shown} …` : shown;
}
