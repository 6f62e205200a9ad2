/** How a field is shown: hexadecimal of so many bytes, bytes in their order, or something with a meaning of its own. */
export type Form = 1 | 2 | 4 | 8 | `*${number}` | 'text' | 'bytes';

/** Name, offset in the payload, form. */
export type Field = readonly [name: string, offset: number, form: Form];

/** What a payload that begins with a number is, and what is in it. */
export type Fields = readonly [name: string, fields: readonly Field[]];

export const MANIPULATE_HEAD = fieldsOf('ProcessorLevel@4:2 Processor@6:2 ReturnStatus@8:4');

/** The APIs of STATE_MANIPULATE. Source: `DBGKD_MANIPULATE_STATE64` and its union. */
export const APIS = tableOf(`
  3130 ReadVirtualMemory Address@16:8 TransferCount@24:4 ActualBytes@28:4 Data@56
  3131 WriteVirtualMemory Address@16:8 TransferCount@24:4 ActualBytes@28:4 Data@56
  3132 GetContext ContextFlags@16:4 Context@56
  3133 SetContext ContextFlags@16:4 Context@56
  3134 WriteBreakPoint Address@16:8 Handle@24:4
  3135 RestoreBreakPoint Handle@16:4
  3136 Continue ContinueStatus@16:4
  3137 ReadControlSpace Address@16:8 TransferCount@24:4 ActualBytes@28:4 Data@56
  3138 WriteControlSpace Address@16:8 TransferCount@24:4 ActualBytes@28:4 Data@56
  3139 ReadIoSpace IoAddress@16:8 DataSize@24:4 DataValue@28:4
  313a WriteIoSpace IoAddress@16:8 DataSize@24:4 DataValue@28:4
  313b Reboot
  313c Continue2 ContinueStatus@16:4
  313d ReadPhysicalMemory Address@16:8 TransferCount@24:4 ActualBytes@28:4 Data@56
  313e WritePhysicalMemory Address@16:8 TransferCount@24:4 ActualBytes@28:4 Data@56
  313f QuerySpecialCalls
  3140 SetSpecialCall Address@16:8
  3141 ClearSpecialCalls
  3142 SetInternalBreakPoint Address@16:8 Flags@24:4
  3143 GetInternalBreakPoint Address@16:8
  3144 ReadIoSpaceExtended DataSize@16:4 IoAddress@32:8 DataValue@40:4
  3145 WriteIoSpaceExtended DataSize@16:4 IoAddress@32:8 DataValue@40:4
  3146 GetVersion MajorVersion@16:2 MinorVersion@18:2 ProtocolVersion@20:1 KdSecondaryVersion@21:1 Flags@22:2 MachineType@24:2 MaxPacketType@26:1 MaxStateChange@27:1 MaxManipulate@28:1 Simulation@29:1 KernBase@32:8 PsLoadedModuleList@40:8 DebuggerDataList@48:8
  3147 WriteBreakPointEx Count@16:4 ContinueStatus@20:4 Data@56
  3148 RestoreBreakPointEx Count@16:4 ContinueStatus@20:4 Data@56
  3149 CauseBugCheck Code@16:4
  3150 SwitchProcessor
  3151 PageIn Address@16:8
  3152 ReadMsr Msr@16:4 Low@20:4 High@24:4
  3153 WriteMsr Msr@16:4 Low@20:4 High@24:4
  3156 SearchMemory Address@16:8 Length@24:8 PatternLength@32:4 Data@56
  3157 GetBusData Bus@20:4 Slot@24:4 Data@56
  3158 SetBusData Bus@20:4 Slot@24:4 Data@56
  3159 CheckLowMemory
  315a ClearAllInternalBreakpoints
  315b FillMemory Address@16:8 Length@24:4 Data@56
  315c QueryMemory Address@16:8 AddressSpace@32:4 Flags@36:4
  315d SwitchPartition Partition@16:4
  315e WriteCustomBreakpoint Address@16:8 Instruction@24:8 Handle@32:4
  315f GetContextEx Offset@16:4 ByteCount@20:4 BytesCopied@24:4 Data@56
  3160 SetContextEx Offset@16:4 ByteCount@20:4 BytesCopied@24:4 Data@56`);

export const STATE_HEAD = fieldsOf(
  'ProcessorLevel@4:2 Processor@6:2 NumberProcessors@8:4 Thread@16:8 ProgramCounter@24:8',
);

/** STATE_CHANGE64. Source: `DBGKD_ANY_WAIT_STATE_CHANGE`. */
export const STATES = tableOf(`
  3030 Exception ExceptionCode@32:4 ExceptionFlags@36:4 ExceptionRecord@40:8 ExceptionAddress@48:8 NumberParameters@56:4 ExceptionInformation@64:*120 FirstChance@184:4
  3031 LoadSymbols PathNameLength@32:4 BaseOfDll@40:8 ProcessId@48:8 CheckSum@56:4 SizeOfImage@60:4 UnloadSymbols@64:2 PathName@240:text
  3032 CommandString Command@240:text`);

/** What a report of an exception ends with. Source: `X86_DBGKD_CONTROL_REPORT`, `AMD64_DBGKD_CONTROL_REPORT`. */
export const CONTROL_REPORT = {
  32: fieldsOf(
    'Dr6@0:4 Dr7@4:4 InstructionCount@8:2 ReportFlags@10:2 InstructionStream@12:*16 SegCs@28:2 SegDs@30:2 SegEs@32:2 SegFs@34:2 EFlags@36:4',
  ),
  64: fieldsOf(
    'Dr6@0:8 Dr7@8:8 EFlags@16:4 InstructionCount@20:2 ReportFlags@22:2 InstructionStream@24:*16 SegCs@40:2 SegDs@42:2 SegEs@44:2 SegFs@46:2',
  ),
};

/** What a Continue2 carries. Source: `X86_DBGKD_CONTROL_SET`, `AMD64_DBGKD_CONTROL_SET`. */
export const CONTROL_SET = {
  32: fieldsOf('TraceFlag@0:4 Dr7@4:4 CurrentSymbolStart@8:4 CurrentSymbolEnd@12:4'),
  64: fieldsOf('TraceFlag@0:4 Dr7@4:8 CurrentSymbolStart@12:8 CurrentSymbolEnd@20:8'),
};

/** The other packets; no number stands for two things. Source: `DBGKD_DEBUG_IO`, `DBGKD_TRACE_IO`, `DBGKD_FILE_IO`, `DBGKD_CONTROL_REQUEST`. */
export const OTHER_PACKETS = tableOf(`
  3230 PrintString ProcessorLevel@4:2 Processor@6:2 Length@8:4 Text@16:text
  3231 GetString ProcessorLevel@4:2 Processor@6:2 PromptLength@8:4 StringLength@12:4 Text@16:text
  3330 PrintTrace Length@8:4 Data@64
  3430 CreateFile Status@4:4 DesiredAccess@8:4 Name@64:text
  3431 ReadFile Status@4:4 Handle@8:8 Offset@16:8 Length@24:4
  3432 WriteFile Status@4:4 Handle@8:8 Offset@16:8 Length@24:4
  3433 CloseFile Status@4:4 Handle@8:8
  4300 RequestHardwareBreakpoint Number@4:4 Available@8:4
  4301 ReleaseHardwareBreakpoint Number@4:4 Released@8:4`);

/** Lines of a number, in hexadecimal, a name, and fields. */
function tableOf(text: string): ReadonlyMap<number, Fields> {
  const rows = text.trim().split('\n');
  return new Map(
    rows.map((row) => {
      const [number = '', name = '', ...fields] = row.trim().split(' ');
      return [Number.parseInt(number, 16), [name, fieldsOf(fields.join(' '))]];
    }),
  );
}

/** `Name@offset:form`; without a form, all the bytes from there on. */
function fieldsOf(text: string): readonly Field[] {
  return [...text.matchAll(/(\w+)@(\d+)(?::([\w*]+))?/g)].map(([, name = '', offset, form]) => [
    name,
    Number(offset),
    form === undefined ? 'bytes' : /^\d/.test(form) ? (Number(form) as Form) : (form as Form),
  ]);
}
