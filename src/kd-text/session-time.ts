const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';
const WHEN =
  /[A-Z][a-z]{2} ([A-Z][a-z]{2}) +(\d{1,2}) (\d{1,2}):(\d{2}):(\d{2})(?:\.(\d{1,3}))? (\d{4})(?: \((?:UTC|GMT) ?([+-]) ?(\d{1,2}):(\d{2})\))?/;
const LINE =
  /^(?:Debug session time: |Debugger \(not debuggee\) time: |Connected to Windows .* target at \(|Shutdown occurred at \()(.*)$/;

/**
 * The moment that a line of kd tells: `Debug session time: …` (also of `.time`), `Debugger (not debuggee) time: …`
 * of `.echotime`, `Connected to … at (…)`, `Shutdown occurred at (…)`.
 * @returns milliseconds since 1970 in UTC; a time without its zone (kd before about 6.10) is taken for UTC. Undefined for any other line.
 */
export function parseSessionTime(line: string): number | undefined {
  const text = LINE.exec(line)?.[1];
  const parts = text === undefined ? null : WHEN.exec(text);
  if (!parts) return undefined;
  const [, month = '', day, hour, minute, second, fraction = '0', year, sign, zoneHours = '0', zoneMinutes = '0'] =
    parts;
  const at = MONTHS.indexOf(month);
  if (at < 0 || at % 3 !== 0) return undefined;
  const local = Date.UTC(
    Number(year),
    at / 3,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
    Number(fraction.padEnd(3, '0')),
  );
  const zone = (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60_000;
  return sign === '-' ? local + zone : local - zone;
}
