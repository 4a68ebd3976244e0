/**
 * Which records of a patient tell of what was paid out of pocket in full (45 CFR 164.522(a)(1)(vi)): PHI that pertains solely to the item or service. Decides by
 * references, in two steps. Upward: what is named, whatever refers to it, and so on; by way of a record that outlives a visit (a diagnosis, a care plan) only
 * what is of no other encounter, or one chronic diagnosis would keep back every visit after it. Downward: what those refer to (diagnoses, results, procedures,
 * entries), and what that refers to; never upward again from there, so a diagnosis that another visit shares stays back and that visit leaves. People, places
 * and covers (a coverage, an account) pertain to no item.
 */

/** A record as it hangs together with others. */
export interface Linked {
  readonly type: string
  /** how references name it */
  readonly names: ReadonlySet<string>
  /** whom it refers to itself, at any depth */
  readonly refers: ReadonlySet<string>
  /** the encounters it is of */
  readonly homes: ReadonlySet<string>
}

/** They tell of more than one visit. */
const LASTING = new Set(
  'Account AllergyIntolerance CarePlan CareTeam Composition Condition Consent Coverage Device DocumentManifest EpisodeOfCare Flag Goal List Provenance RelatedPerson'.split(
    ' '
  )
)
/** Nothing is solely theirs. An Encounter is paid for itself, or it is not: it is followed from a bill alone. */
const NEVER = new Set(
  'Account CareTeam Coverage Device Encounter EpisodeOfCare Group HealthcareService Location Organization Patient Person Practitioner PractitionerRole RelatedPerson'.split(
    ' '
  )
)
const BILLS = new Set(['ChargeItem', 'Claim', 'ClaimResponse', 'ExplanationOfBenefit', 'Invoice'])

function meets(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  for (const name of one) if (other.has(name)) return true
  return false
}

interface Upward {
  readonly found: Set<number>
  /** names of all that was found but of what outlives a visit */
  readonly tied: Set<string>
}

/** The accounts that the items are billed to. */
function accountsOf(records: readonly Linked[], items: ReadonlySet<string>): Set<string> {
  const named = records.filter(({ names }) => meets(names, items)).flatMap(({ refers }) => [...refers])
  return new Set(named.filter((name) => /(^|\/)Account\//.test(name)))
}

function upward(records: readonly Linked[], items: ReadonlySet<string>): Upward {
  const found = new Set<number>()
  const [tied, lasting] = [new Set(items), new Set<string>()]
  const accounts = accountsOf(records, items)
  // a bill of no encounter may be of any that its account is of
  const isBilled = ({ type, refers, homes }: Linked): boolean => BILLS.has(type) && homes.size === 0 && meets(refers, accounts)
  const isTied = (one: Linked): boolean =>
    meets(one.names, items) ||
    meets(one.refers, tied) ||
    (one.type !== 'Encounter' && one.homes.size === 0 && meets(one.refers, lasting)) ||
    isBilled(one)
  for (let before = -1; before < found.size; ) {
    before = found.size
    records.forEach((one, n) => {
      if (found.has(n) || one.type === 'Patient' || !isTied(one)) return
      found.add(n)
      const into = LASTING.has(one.type) && !meets(one.names, items) ? lasting : tied
      for (const name of one.names) into.add(name)
    })
  }
  return { found, tied }
}

/** The places of the records that a record refers to, and that may pertain to the item as well. */
function belowOf(from: Linked, { records, byName, named }: Drawn): number[] {
  const billed = BILLS.has(from.type) && meets(from.names, named)
  return [...from.refers]
    .flatMap((name) => byName.get(name) ?? [])
    .filter((n) => {
      const { type } = records[n] as Linked // byName has its places
      return !NEVER.has(type) || (billed && type === 'Encounter')
    })
}

interface Drawn {
  readonly records: readonly Linked[]
  readonly byName: ReadonlyMap<string, readonly number[]>
  readonly named: ReadonlySet<string>
}

function placesByName(records: readonly Linked[]): Map<string, number[]> {
  const byName = new Map<string, number[]>()
  records.forEach(({ names }, n) => {
    for (const name of names) byName.set(name, [...(byName.get(name) ?? []), n])
  })
  return byName
}

/** The places of the records that tell of these items. */
export function paidFor(records: readonly Linked[], items: readonly string[]): Set<number> {
  const named = new Set(items)
  const { found, tied } = upward(records, named)
  const drawn: Drawn = { records, byName: placesByName(records), named }
  const at = (n: number): Linked => records[n] as Linked // places are of `records`
  // of a summary or a plan that only mentions the visit among others the rest is none of it
  const goesOn = [...found].map(at).filter(({ type, names, homes }) => !LASTING.has(type) || meets(names, named) || meets(homes, tied))
  for (const from of goesOn)
    for (const n of belowOf(from, drawn)) {
      if (found.has(n)) continue
      found.add(n)
      // of what another visit made, the rest is that visit's
      const { type, homes } = at(n)
      if (!LASTING.has(type) && (homes.size === 0 || meets(homes, tied))) goesOn.push(at(n))
    }
  return found
}
