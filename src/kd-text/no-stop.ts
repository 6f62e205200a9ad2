/** What kd answers to commands that need a target that stands, where it has none. Source: its engine, 6.12 and 10.0. */
const NO_STOP =
  /\^ (?:Illegal (?:process|thread) error|No runnable debuggees error) in |^WARNING: The debugger does not have a current process or thread/;

/** Whether an answer shows that kd has no target that stands: then an empty list of breakpoints is no proof of anything. */
export function saysNoStop(lines: readonly string[]): boolean {
  return lines.some((line) => NO_STOP.test(line));
}
