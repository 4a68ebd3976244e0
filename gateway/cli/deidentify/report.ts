/** The report of a run: counts by reason, what was done per element and rule, rules that matched nothing, elements no rule covers. Holds no value of any record. */
import type { Profile } from '../../core/deidentify/profile/profile.ts'
import type { RuleCount, Tally } from '../../core/deidentify/tally.ts'
import { isRefusal, refusalSays } from '../../core/scrub/attachments/refusal.ts'
import type { Outcome } from '../../exchange/agreement/passes.ts'

export interface Report {
  readonly profile: {
    readonly name: string
    readonly version: number
    readonly hash: string
  }
  readonly at: string
  readonly received: number
  readonly released: number
  readonly withheld: Readonly<Record<string, number>>
  readonly rejected: Readonly<Record<string, number>>
  readonly byType: Readonly<Record<string, number>>
  readonly subjects: number
  /** How many groups of look-alikes (risk class, level 0) have how many subjects. */
  readonly groups: readonly {
    readonly size: number
    readonly groups: number
  }[]
  readonly issues: Outcome['issues']
  readonly counted?: Outcome['counted']
  /** What each rule did, element by element. */
  readonly rules: readonly RuleCount[]
  /** Texts and attachments that were there and did not leave, and why; never what they say. */
  readonly refusedTexts: readonly {
    readonly path: string
    readonly reason: string
    readonly says: string
    readonly count: number
  }[]
  /** Elements whose rule met nothing. */
  readonly unmatched: readonly string[]
  /** Elements that were there and no rule names: removed. '?' is a name FHIR does not know. */
  readonly uncovered: readonly {
    readonly path: string
    readonly count: number
  }[]
  /** Extensions that were removed; '?' is a URL that HL7 does not publish. */
  readonly stripped: readonly {
    readonly url: string
    readonly count: number
  }[]
}

interface ReportInput {
  readonly profile: Profile
  readonly hash: string
  readonly at: string
  readonly outcome: Outcome
  readonly tally: Tally | null
}

export function reportOf({ profile, hash, at, outcome, tally }: ReportInput): Report {
  const rules = [...(tally?.rules.values() ?? [])]
  const sizes = new Map<number, number>()
  for (const size of outcome.classes.values()) sizes.set(size, (sizes.get(size) ?? 0) + 1)
  const { received, released, withheld, rejected, byType, subjects, issues, counted } = outcome
  return {
    profile: { name: profile.name, version: profile.version, hash },
    at,
    received,
    released,
    withheld,
    rejected,
    byType,
    subjects,
    groups: [...sizes].sort(([a], [b]) => a - b).map(([size, groups]) => ({ size, groups })),
    issues,
    ...(counted === undefined ? {} : { counted }),
    rules: rules.filter((row) => row.seen > 0),
    refusedTexts: Object.entries(outcome.refusedTexts).map(([place, count]) => refusedText(place, count)),
    unmatched: rules.filter((row) => row.seen === 0).map((row) => row.path),
    uncovered: [...(tally?.uncovered ?? [])]
      .map(([path, count]) => ({ path, count }))
      .sort((a, b) => b.count - a.count || (a.path < b.path ? -1 : 1)),
    stripped: [...(tally?.stripped ?? [])]
      .map(([url, count]) => ({ url, count }))
      .sort((a, b) => b.count - a.count || (a.url < b.url ? -1 : 1))
  }
}

function refusedText(place: string, count: number): Report['refusedTexts'][number] {
  const [path = '', reason = ''] = place.split(' ')
  return { path, reason, says: isRefusal(reason) ? refusalSays(reason) : '', count }
}
