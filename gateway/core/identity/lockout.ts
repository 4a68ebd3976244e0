/**
 * How long who failed to sign in waits. Decides by a table. Refuses nobody for what others did elsewhere: a lock is of one name from
 * one place; what comes from everywhere only makes failures slower, so that no stranger locks a hospital out.
 */

const DOUBLED: readonly number[] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900]

/** Seconds of waiting after so many failures in a row (0, 1, 2 …): the first `free` cost nothing, then twice as long each time, a quarter of an hour at most. */
export function waitsAfter(free: number): readonly number[] {
  return [...Array<number>(free + 1).fill(0), ...DOUBLED]
}

/** A row of failures has ended when none was for so long. */
export const FORGET_SECONDS = 3600

/** Past so many under one name, from wherever, each further failure is answered later by SLOW_MS. */
export const SLOW_AFTER = 50
export const SLOW_MS = 1000
