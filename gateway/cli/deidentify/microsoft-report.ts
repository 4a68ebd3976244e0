/** What a run under a configuration of Microsoft's tool is told in: a few lines for people, and a report by rule and element. Holds no value of a record. */
import type { TheirOutcome } from './microsoft.ts'

const SHOWN = 10

export function theirSummary(outcome: TheirOutcome): string {
  const { received, written, skipped, rejected, issues, unmatched, values } = outcome
  const most = [...unmatched].sort(([, a], [, b]) => b - a).slice(0, SHOWN)
  const rows = [
    `received  ${received}`,
    `written   ${written}`,
    `skipped   ${skipped}${skipped > 0 ? ' (a rule failed on them; left out, not written as empty resources)' : ''}`,
    `rejected  ${rejected}`,
    ...issues
      .slice(0, SHOWN)
      .map(({ line, path, code, rule }) => `  line ${line} ${path}: ${code}${rule === undefined ? '' : `, rule ${rule}`}`),
    `KEPT because no rule names them: ${values.get(0) ?? 0} values in ${unmatched.size} elements`,
    ...most.map(([path, count]) => `  ${path} ${count}`),
    ...(unmatched.size > SHOWN ? ['  … all of them with --report'] : [])
  ]
  return `${rows.join('\n')}\n`
}

export function theirReport(outcome: TheirOutcome, at: string): object {
  const { received, written, skipped, rejected, issues, unmatched, values, rules } = outcome
  return {
    followed: "a configuration of Microsoft's tool: what no rule names was kept",
    at,
    received,
    written,
    skipped,
    rejected,
    issues,
    rules: rules.map(({ number, path, method }) => ({ rule: number, path, method, values: values.get(number) ?? 0 })),
    unmatched: [...unmatched].map(([path, count]) => ({ path, count })).sort((a, b) => b.count - a.count || (a.path < b.path ? -1 : 1))
  }
}
