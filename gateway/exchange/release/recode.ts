/**
 * RELEASE, the risk gate of a profile that declares its quasi-identifiers: the subjects of the dataset and what the recipient holds of the agreement
 * become core/risk's question, and its answer bytes, a table of group sizes and numbers for officers. Decides nothing by itself but the k that is asked:
 * the agreement's, or more where it bounds the prosecutor's risk.
 */
import { columnsOf, labelsAt } from '../../core/deidentify/node.ts'
import type { RiskRule } from '../../core/deidentify/profile/profile.ts'
import { type GroupCount, tableOfGroups } from '../../core/risk/release/gate.ts'
import type { RecodingInput } from '../../core/risk/release/person.ts'
import { type Recoding, recode } from '../../core/risk/release/recoding.ts'
import { riskTold } from '../../core/risk/release/told.ts'
import type { Agreement } from '../../generated/policy.ts'
import type { DisclosureRow } from '../../store/disclosures.ts'
import type { EnforcedRecords } from '../policy-cache.ts'
import type { Bench } from './bucket.ts'
import { declarationOf, type Holding, nameIn, personOf, readHoldings } from './holdings.ts'
import { createNodeBytes, SUPPRESSED } from './levels.ts'
import { attributesIn } from './sensitive.ts'
import type { SubjectRow } from './subjects.ts'

export interface Recoded {
  /** per subject, levels.ts */
  readonly levels: Uint8Array
  readonly verdict: 'release' | 'hold' | 'refuse'
  readonly groups: readonly GroupCount[]
  readonly smallestGroup: number
  readonly suppressedShare: number
  /** what the sealing and the record go by */
  readonly node: readonly number[]
  readonly nodes: readonly (readonly number[])[]
  /** what officers read */
  readonly recoded: Readonly<Record<string, string>>
  readonly risk: ReturnType<typeof riskTold>
}

/** Equal to a whole number but for the last bits. */
const EPSILON = 1e-9

export async function recodeSubjects(
  bench: Bench,
  disclosure: DisclosureRow,
  { agreement, profile }: EnforcedRecords,
  risk: RiskRule,
  subjects: readonly SubjectRow[]
): Promise<Recoded> {
  const declaration = declarationOf(disclosure, agreement)
  const attributes = attributesIn(bench.ring, disclosure, risk.sensitive)
  const here = new Set(subjects.map(({ key }) => key ?? ''))
  const holding = await readHoldings(bench, disclosure, { declaration, attributes, here })
  const people = subjects.map((row) => personOf(row, holding.known, attributes))
  const sensitive = attributes.map(({ name, values }) => ({ name, values: [...values.values()] }))
  const nameOf = nameIn(bench.ring, disclosure, declaration)
  const input = { ...inputOf(risk, agreement, holding), people, sensitive, nameOf }
  return told(input, recode(input), { risk: profile.risk ?? risk, agreement })
}

function inputOf(
  risk: RiskRule,
  agreement: Agreement,
  { held, others, nodes }: Holding
): Omit<RecodingInput, 'people' | 'sensitive' | 'nameOf'> {
  const { l, entropyL, t, maxProsecutorRisk } = agreement.risk ?? {}
  const least = maxProsecutorRisk === undefined ? 1 : Math.ceil(1 / maxProsecutorRisk - EPSILON)
  return {
    levels: columnsOf(risk).map(({ levels }) => levels.length + 1),
    held,
    others,
    nodes,
    demand: {
      k: Math.max(agreement.k, least),
      ...(l === undefined ? {} : { l }),
      ...(entropyL === undefined ? {} : { entropyL }),
      ...(t === undefined ? {} : { t })
    },
    belowK: agreement.belowK,
    suppressionLimit: agreement.suppressionLimit,
    metric: risk.metric ?? 'loss'
  }
}

function told(input: RecodingInput, recoding: Recoding, { risk, agreement }: { risk: RiskRule; agreement: Agreement }): Recoded {
  const bytes = createNodeBytes()
  const levels = Uint8Array.from(recoding.nodes, (node) => (node === null ? SUPPRESSED : bytes.byteOf(node)))
  const groups = tableOfGroups(levels, recoding.sizes)
  const released = groups.filter(({ level }) => level !== SUPPRESSED)
  const suppressed = levels.reduce((sum, level) => (level === SUPPRESSED ? sum + 1 : sum), 0)
  const suppressedShare = levels.length === 0 ? 0 : suppressed / levels.length
  const smallestGroup = released.reduce((least, { size }) => Math.min(least, size), Number.POSITIVE_INFINITY)
  const permitted = suppressed === 0 || (agreement.belowK.includes('suppress') && suppressedShare <= agreement.suppressionLimit)
  // The promise is checked on the result, not assumed.
  const kept = released.length === 0 || smallestGroup >= input.demand.k
  const { node } = recoding.choice
  return {
    levels,
    verdict: permitted && kept ? 'release' : kept && agreement.belowK.includes('refuse') ? 'refuse' : 'hold',
    groups,
    smallestGroup: released.length === 0 ? 0 : smallestGroup,
    suppressedShare,
    node,
    nodes: bytes.nodes,
    recoded: labelsAt(columnsOf(risk), node),
    risk: riskTold(input, recoding, agreement.risk?.population ?? null)
  }
}
