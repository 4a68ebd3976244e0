/**
 * What may not leave under Safe Harbor to a recipient who holds identified records of the same people (45 CFR 164.514(b)(2)(ii)): the types it holds
 * and, where it adjudicated their claims, every element by which a claim could be found again: its amounts, its lines, who treated, and the claim
 * itself. Refuses to guess: an element that brings a matching one with it matches, too. Such agreements need expert-determination.
 */
import type { Agreement } from '../../generated/policy.ts'
import type { Fault } from '../errors.ts'
import { type ElementDef, TYPES } from '../fhir/types.ts'
import { CLINICAL_DATES } from './clinical-dates.ts'

const RULE = '45 CFR 164.514(b)(2)(ii)'

/** A claim, or the same facts under another name: what a payer adjudicated or was billed. Holding one is holding all. */
const CLAIMS: ReadonlySet<string> = new Set([
  'Account',
  'ChargeItem',
  'Claim',
  'ClaimResponse',
  'Coverage',
  'CoverageEligibilityRequest',
  'CoverageEligibilityResponse',
  'ExplanationOfBenefit',
  'Invoice',
  'PaymentNotice',
  'PaymentReconciliation'
])

/** By whom and where a line was rendered. */
const PROVIDERS: readonly string[] = ['Practitioner', 'PractitionerRole', 'Organization', 'Location', 'HealthcareService']

/** Elements that name the patient, or a maker of a product, though FHIR lets a provider stand there. */
const NO_PROVIDER: ReadonlySet<string> = new Set(['subject', 'patient', 'focus', 'manufacturer'])

/** Elements that are a line of a pharmacy's or supplier's claim: the item stands beside them. */
const LINES: ReadonlySet<string> = new Set([
  'MedicationDispense.quantity',
  'MedicationDispense.daysSupply',
  'SupplyDelivery.suppliedItem.quantity'
])

/** One way to find a claim again: what it is called, and which elements it is. */
interface Match {
  readonly what: string
  readonly is: (element: ElementDef, path: string) => boolean
}

const MATCHES: readonly Match[] = [
  { what: 'an exact amount', is: ({ types }) => types.includes('Money') },
  { what: 'a line of a claim', is: (_, path) => LINES.has(path) },
  { what: 'a claim, its coverage or its account', is: ({ targets = [] }) => targets.some((target) => CLAIMS.has(target)) },
  {
    what: 'who treated, and where',
    is: ({ name, targets = [] }, path) =>
      isOfPatients(path) && !NO_PROVIDER.has(name) && targets.some((target) => PROVIDERS.includes(target))
  }
]

/** Organizations and practitioners may say what they are: only what ties a patient's record to one is a match. */
function isOfPatients(path: string): boolean {
  const type = path.slice(0, path.indexOf('.'))
  return type === 'Patient' || CLINICAL_DATES.has(type)
}

export function matchFaults({ mode, recipientHolds, resources }: Agreement): Fault[] {
  if (mode !== 'safe-harbor') return []
  const holdsClaims = recipientHolds.some((type) => CLAIMS.has(type))
  return Object.entries(resources).flatMap(([type, paths]) => {
    if (recipientHolds.includes(type) || (holdsClaims && CLAIMS.has(type)))
      return [{ path: `/resources/${type}`, message: `matches records the recipient already holds: ${wayOut}` }]
    return holdsClaims ? paths.flatMap((path, index) => elementFaults(type, path, index)) : []
  })
}

const wayOut = `take it out, or make the agreement one of expert-determination (${RULE})`

function elementFaults(type: string, path: string, index: number): Fault[] {
  const found = matchIn(type, path.split('.'))
  if (found === null) return []
  const brings = found.path === `${type}.${path}` ? 'is' : `brings ${found.path.slice(type.length + 1)}, which is`
  return [
    {
      path: `/resources/${type}/${index}`,
      message: `${path} ${brings} ${found.what}, and the recipient holds claims of the same people: ${wayOut}`
    }
  ]
}

interface Found {
  readonly path: string
  readonly what: string
}

/** The first match on the way to the element the path names, or below it; null when there is none. A path that leads nowhere is another rule's. */
function matchIn(type: string, names: readonly string[]): Found | null {
  let at = type
  let path = type
  for (const name of names) {
    const element = TYPES.get(at)?.elements.get(name)
    if (element === undefined) return null
    path = `${path}.${name}`
    const what = matchOf(element, path)
    if (what !== null) return { path, what }
    at = element.types[0] ?? ''
  }
  return matchBelow(at, path, new Set())
}

function matchOf(element: ElementDef, path: string): string | null {
  return MATCHES.find(({ is }) => is(element, path))?.what ?? null
}

/** Nested elements only (their type is a path): what stands inside a data type is the profile's to judge. */
function matchBelow(type: string, path: string, seen: Set<string>): Found | null {
  if (!/^[A-Z]\w+\.\w/.test(type) || seen.has(type)) return null
  seen.add(type)
  for (const element of TYPES.get(type)?.elements.values() ?? []) {
    const below = `${path}.${element.name}`
    const what = matchOf(element, below)
    const found = what === null ? matchBelow(element.types[0] ?? '', below, seen) : { path: below, what }
    if (found !== null) return found
  }
  return null
}
