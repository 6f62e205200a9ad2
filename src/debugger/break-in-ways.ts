/**
 * The ways to break in, in the order they are tried; each is proved by a prompt that arrives and by nothing else.
 * `interrupt` a console interrupt to kd; `ctrl-f` the documented key, typed into kd's input; `client` a short-lived
 * client of the debugging server started with `-bonc`; `operator` somebody is asked to press the key in a window of kd.
 */
export const BREAK_IN_WAYS = ['interrupt', 'ctrl-f', 'client', 'operator'] as const;
export type BreakInWay = (typeof BREAK_IN_WAYS)[number];
