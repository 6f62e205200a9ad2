/** Where Windows reads PoolTag at boot. Source: Microsoft, "Requesting Special Pool by Pool Tag". */
export const MEMORY_MANAGEMENT = 'HKLM\\System\\CurrentControlSet\\Control\\Session Manager\\Memory Management';
/** The same key as a `.reg` file has to spell it. */
export const MEMORY_MANAGEMENT_LONG = MEMORY_MANAGEMENT.replace('HKLM', 'HKEY_LOCAL_MACHINE').replace(
  'System\\',
  'SYSTEM\\',
);

const digits = (value: number): string => value.toString(16).padStart(8, '0');

/** `"PoolTag"=dword:206b6444` */
export function regLine(value: number): string {
  return `"PoolTag"=dword:${digits(value)}`;
}

/** The command that sets the value, for a command prompt of the target. */
export function regAdd(value: number): string {
  return `reg add "${MEMORY_MANAGEMENT}" /v PoolTag /t REG_DWORD /d 0x${digits(value)} /f`;
}
