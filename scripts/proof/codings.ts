/**
 * What must survive: the codings of seven public systems, the quantities and the statuses, counted in each record that is released and in what it became. Own
 * code, apart from the engine: it knows no rule of a profile, only where the two counts differ, and the reasons that are named below.
 */
import { isRawNumber } from '../../gateway/core/fhir/exact.ts'
import { UCUM_UNITS } from '../../gateway/generated/terms.ts'
import type { Entity, Value } from '../leak/read.ts'

/** What is counted of one kind at one place, `SNOMED CT at Condition.code.coding`: before, after. */
export type Ledger = Map<string, { before: number; after: number }>

const SYSTEMS: ReadonlyMap<string, string> = new Map([
  ['http://snomed.info/sct', 'SNOMED CT'],
  ['http://loinc.org', 'LOINC'],
  ['http://www.nlm.nih.gov/research/umls/rxnorm', 'RxNorm'],
  ['http://hl7.org/fhir/sid/icd-10', 'ICD-10'],
  ['http://hl7.org/fhir/sid/icd-10-cm', 'ICD-10'],
  ['http://www.cms.gov/Medicare/Coding/ICD10', 'ICD-10'],
  ['http://www.ama-assn.org/go/cpt', 'CPT/HCPCS'],
  ['https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets', 'CPT/HCPCS'],
  ['http://hl7.org/fhir/sid/cvx', 'CVX'],
  ['http://unitsofmeasure.org', 'UCUM']
])
const UCUM: ReadonlySet<string> = new Set(UCUM_UNITS.split('\t'))
const STATUS = /^(status|[a-z]+Status|intent|outcome|gender)$/

/** What goes by design, where, and why. The first that fits is named; a loss that none fits fails the proof. */
const BY_DESIGN: readonly (readonly [RegExp, string])[] = [
  [/\.text\.status$/, 'the status of a narrative goes with the narrative'],
  [/(^| at )(RelatedPerson|Patient\.contact)\./, 'relatives are protected as the patient is'],
  [/\.extension\b/, 'extensions stay by allow-list only'],
  [/\.valueSampledData\./, 'a wave form can be matched to a person'],
  [
    / at RiskAssessment\.prediction\.whenRange\./,
    'ages over 89 are one category, and what is no age does not stand where one is asked for'
  ],
  [/Encounter\.length$/, 'the derived length of stay stands in its place'],
  [/ at Patient\.maritalStatus\./, 'a trait that others know, and that the risk class does not count'],
  [
    /^(UCUM|quantity) at FamilyMemberHistory\.ageAge$/,
    'of a relative who is over 89 by now, an age and the year it was told in tell the year of birth'
  ],
  [/ at FamilyMemberHistory\.relationship\./, 'where kinship is generalized, of codes that its hierarchy knows'],
  [/^CPT\/HCPCS at ServiceRequest\.reasonCode\./, 'a reason is no procedure: five digits there may be a ZIP code']
]

export function reasonOf(row: string): string | null {
  return BY_DESIGN.find(([pattern]) => pattern.test(row))?.[1] ?? null
}

/** One released record, before and after. What it contains is counted by itself. */
export function count(ledger: Ledger, before: Entity, after: Entity): void {
  const type = String(before['resourceType'])
  tally(before, type, (row) => rowOf(ledger, row).before++)
  tally(after, type, (row) => rowOf(ledger, row).after++)
}

function rowOf(ledger: Ledger, row: string): { before: number; after: number } {
  const found = ledger.get(row) ?? { before: 0, after: 0 }
  ledger.set(row, found)
  return found
}

function tally(value: Value, path: string, note: (row: string) => void): void {
  if (Array.isArray(value)) for (const item of value) tally(item, path, note)
  else if (typeof value === 'object' && value !== null) {
    noteCoded(value, path, note)
    for (const [name, member] of Object.entries(value)) if (name !== 'contained') tallyMember(name, member, path, note)
  }
}

function tallyMember(name: string, member: Value, path: string, note: (row: string) => void): void {
  if (STATUS.test(name) && typeof member === 'string') note(`status at ${path}.${name}`)
  tally(member, `${path}.${name}`, note)
}

/** A starred row: a code that is none of its system, or a unit HL7's list of UCUM units does not hold, may go. */
function noteCoded(entity: Entity, path: string, note: (row: string) => void): void {
  const { system, code, value } = entity
  const named = typeof system === 'string' && typeof code === 'string' ? SYSTEMS.get(system) : undefined
  const star = named === undefined || isCodeOf(named, String(code)) ? '' : '*'
  if (named !== undefined) note(`${named}${star} at ${path}`)
  const measured = (typeof value === 'number' || isRawNumber(value)) && entity['currency'] === undefined
  const bare = entity['unit'] === undefined && code === undefined
  if (measured && (named === 'UCUM' || bare)) note(`quantity${star} at ${path}`)
}

function isCodeOf(system: string, code: string): boolean {
  if (system === 'SNOMED CT') return /^[1-9]\d{5,17}$/.test(code) && /[01]0\d$/.test(code) && verhoeff(code)
  if (system === 'LOINC') return /^\d{1,6}-\d$/.test(code) ? luhn(code.replace('-', '')) : /^L[AP]\d+-\d$/.test(code)
  if (system === 'ICD-10') return /^[A-Z]\d[0-9A-Z](\.?[0-9A-Z]{1,4})?$|^[0-9A-HJ-NP-Z]{7}$/.test(code)
  return system !== 'UCUM' || UCUM.has(code)
}

/** Every second digit from the right doubled, the sum of digits a multiple of ten (LOINC Users' Guide). */
function luhn(digits: string): boolean {
  const sum = [...digits].reverse().reduce((total, digit, at) => total + (at % 2 === 0 ? Number(digit) : digitSum(2 * Number(digit))), 0)
  return sum % 10 === 0
}

function digitSum(number: number): number {
  return number > 9 ? number - 9 : number
}

/** By the dihedral group itself, not by its table: a rotation is 0 to 4, a reflection 5 to 9 (SNOMED CT Technical Implementation Guide). */
function verhoeff(digits: string): boolean {
  const checked = [...digits].reverse().reduce((product, digit, place) => multiplied(product, permuted(Number(digit), place)), 0)
  return checked === 0
}

function multiplied(a: number, b: number): number {
  if (a < 5) return b < 5 ? (a + b) % 5 : 5 + ((a + b) % 5)
  return b < 5 ? 5 + ((a - b + 5) % 5) : (a - b + 5) % 5
}

function permuted(digit: number, place: number): number {
  let moved = digit
  for (let time = 0; time < place % 8; time++) moved = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4][moved] ?? 0
  return moved
}

export interface Balance {
  /** kind → how many in released records, before and after */
  readonly byKind: ReadonlyMap<string, { readonly before: number; readonly after: number }>
  /** reason → how many went by design */
  readonly byDesign: ReadonlyMap<string, number>
  /** places where less came out than went in, for no reason named here */
  readonly lost: readonly string[]
}

/** What went by design is taken out of both sides. */
export function balance(ledger: Ledger): Balance {
  const byKind = new Map<string, { before: number; after: number }>()
  const byDesign = new Map<string, number>()
  const lost: string[] = []
  for (const [row, { before, after }] of ledger) {
    const [kind = '', star] = row.slice(0, row.indexOf(' at ')).split('*')
    const reason = star === undefined ? reasonOf(row) : 'no code of its system, or no unit of the published list'
    const gone = before - after
    if (gone !== 0 && reason !== null) byDesign.set(reason, (byDesign.get(reason) ?? 0) + gone)
    else if (gone !== 0) lost.push(`${row}: ${before} before, ${after} after`)
    const sum = byKind.get(kind) ?? { before: 0, after: 0 }
    byKind.set(kind, { before: sum.before + (reason === null ? before : after), after: sum.after + after })
  }
  return { byKind, byDesign, lost }
}
