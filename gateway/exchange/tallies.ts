/** Counts by reason, added up. Decides nothing. */

/** The sum of all counts. */
export function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, n) => sum + n, 0)
}

/** Reason by reason over all rows: what was rejected in a submission or a disclosure. */
export function rejectedOf(rows: readonly { readonly rejected: Readonly<Record<string, number>> }[]): Record<string, number> {
  const rejected: Record<string, number> = {}
  for (const row of rows) for (const [code, n] of Object.entries(row.rejected)) rejected[code] = (rejected[code] ?? 0) + n
  return rejected
}
