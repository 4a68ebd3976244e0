/**
 * An agreement as a FHIR R4 Consent, made from the object the engine runs: deny (OPTOUT) at the root, a permit for each span of days with terms of its own, and in
 * it a denial for each sensitive category that is not granted. What Consent has no element for and yet narrows is a modifierExtension: who does not understand it must
 * not act on the permit (R4 2.4.2). Decides nothing; the agreement is what is signed.
 */
import type { Agreement } from '../../../generated/policy.ts'
import { ACT_CODES } from '../categories/labels.ts'
import { RULE_OF } from '../draft.ts'
import type { AgreementState } from '../life.ts'
import { inPhase, type Terms } from '../phases.ts'
import {
  type Around,
  coding,
  type Element,
  type Exported,
  extensionOf,
  identifiers,
  partyReference,
  periodOf,
  purposeCoding,
  typeCoding
} from './words.ts'

const STATUS: Readonly<Record<AgreementState, string>> = {
  draft: 'draft',
  proposed: 'proposed',
  approved: 'proposed',
  active: 'active',
  suspended: 'inactive',
  expired: 'inactive',
  revoked: 'inactive',
  superseded: 'inactive'
}

export function consentOf(entry: Exported, around: Around): Element {
  const { agreement, state } = entry
  const { source, recipient, mode, legalReference, effective, expires } = agreement
  return {
    resourceType: 'Consent',
    id: agreement.id,
    identifier: identifiers(entry),
    status: STATUS[state],
    // no code of the value set is about two organizations: each asks for a patient (R4 ppc-2 to ppc-5)
    scope: { text: 'Disclosure between organizations under a data-sharing agreement' },
    category: [{ coding: [coding('ActCode', 'IDSCL', 'information disclosure')] }],
    organization: [partyReference(source, around)],
    policy: [{ authority: 'https://www.ecfr.gov', uri: 'https://www.ecfr.gov/current/title-45/section-164.514' }],
    policyRule: { coding: [coding('ActCode', 'OPTOUT', 'opt-out')], text: `${RULE_OF[mode]}. ${legalReference}` },
    provision: {
      period: periodOf(effective, expires),
      actor: [actorOf('CST', 'custodian', source, around), actorOf('IRCP', 'information recipient', recipient, around)],
      action: [{ coding: [coding('http://terminology.hl7.org/CodeSystem/consentaction', 'disclose', 'Disclose')] }],
      purpose: [purposeCoding(agreement.purposeOfUse)],
      provision: spansOf(agreement).map(permitOf)
    }
  }
}

function actorOf(code: string, display: string, party: string, around: Around): Element {
  return { role: { coding: [coding('ParticipationType', code, display)] }, reference: partyReference(party, around) }
}

interface Span extends Terms {
  readonly from: string
  readonly to: string
}

/** The days of the agreement, cut where a phase begins or ends: phases lie within them and never overlap (faults.ts). */
function spansOf(agreement: Agreement): Span[] {
  const spans: Span[] = []
  let day = agreement.effective
  const own = (to: string): void => {
    if (day < to) spans.push({ from: day, to, phase: null, agreement })
  }
  for (const phase of [...(agreement.phases ?? [])].sort((a, b) => (a.from < b.from ? -1 : 1))) {
    own(phase.from)
    spans.push({ from: phase.from, to: phase.to, phase: phase.name, agreement: inPhase(agreement, phase) })
    day = phase.to
  }
  own(agreement.expires)
  return spans
}

function permitOf({ from, to, agreement }: Span): Element {
  const { dateWindow, resources } = agreement
  const data = periodOf(dateWindow.from, dateWindow.to)
  return {
    modifierExtension: narrowing(agreement),
    type: 'permit',
    period: periodOf(from, to),
    class: Object.entries(resources).map(([type, elements]) => ({
      extension: elements.map((path) => extensionOf('agreed-element', path)),
      ...typeCoding(type)
    })),
    ...(Object.keys(data).length === 0 ? {} : { dataPeriod: data }),
    provision: denials(agreement)
  }
}

/** Members of an agreement that only ever narrow and that Consent cannot say. */
function narrowing(agreement: Agreement): Element[] {
  const { mode, profile, k, codeFilters, roster, limits } = agreement
  const said: readonly (readonly [string, unknown])[] = [
    ['de-identified-by', `${mode}: ${profile.name}@${profile.version}`],
    ['elements-agreed', 'only the elements named at each class'],
    ['look-alikes', `${k}`],
    ['code-filters', codeFilters],
    ['roster', roster],
    ['limits', limits]
  ]
  return said.flatMap(([name, value]) =>
    value === undefined ? [] : [extensionOf(name, typeof value === 'string' ? value : JSON.stringify(value))]
  )
}

/** By label; the code lists of the gateway find more. */
function denials({ categories }: Agreement): Element[] {
  const granted = new Set(categories?.granted)
  return ACT_CODES.filter(([category]) => !granted.has(category)).map(([category, codes]) => ({
    extension: [extensionOf('sensitive-category', category)],
    type: 'deny',
    securityLabel: codes.split(' ').map((code) => coding('ActCode', code))
  }))
}
