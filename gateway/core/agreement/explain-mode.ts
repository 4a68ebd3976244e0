/**
 * The part of an agreement's sentences that says under which rule of 45 CFR 164.514 it releases, and on what that stands: the attestation, the data
 * use agreement with each of its terms, the expert's certificate. Decides nothing.
 */
import type { Agreement } from '../../generated/policy.ts'
import type { Certificate } from '../deidentify/profile/profile.ts'

const MODES: { readonly [mode in Agreement['mode']]: string } = {
  'safe-harbor':
    'What leaves is de-identified by Safe Harbor (45 CFR 164.514(b)(2)): the identifiers (A) to (R) are removed, and of a date only the year stays.',
  'limited-data-set':
    'What leaves is a limited data set (45 CFR 164.514(e)): names, numbers and street addresses are removed; dates, ages, city, state and ZIP code may stay. It is still protected health information.',
  'expert-determination':
    'What leaves is de-identified by expert determination (45 CFR 164.514(b)(1)): an expert found the risk of identifying anyone very small when it is done as the profile says.',
  'aggregate-only': 'No record leaves. Indicators are computed inside, and only counts and means of groups of people are released.'
}

type UseAgreement = NonNullable<Agreement['dataUseAgreement']>

/** The terms of 45 CFR 164.514(e)(4)(ii), in its order, and what each is about. */
const TERMS: readonly (readonly [keyof UseAgreement['terms'], string])[] = [
  ['permittedUses', 'Permitted uses and disclosures, (A)'],
  ['permittedUsers', 'Who may use or receive it, (B)'],
  ['noFurtherUse', 'No further use, (C)(1)'],
  ['safeguards', 'Safeguards, (C)(2)'],
  ['reportsUnpermitted', 'Reports of other use, (C)(3)'],
  ['agentsBound', 'Agents, (C)(4)'],
  ['noReidentification', 'No re-identification and no contact, (C)(5)']
]

export function ruleFollowed({ mode, noActualKnowledge, dataUseAgreement }: Agreement, certificate: Certificate | null): string[] {
  return [
    MODES[mode],
    ...(noActualKnowledge === null ? [] : attested(noActualKnowledge)),
    ...(dataUseAgreement === null ? [] : used(dataUseAgreement)),
    ...(certificate === null ? [] : certified(certificate))
  ]
}

function unended(sentence: string): string {
  return sentence.replace(/\.$/, '')
}

function attested({ by, date, text, version }: NonNullable<Agreement['noActualKnowledge']>): string[] {
  return [
    `On ${date} ${by} attested of version ${version} that the source has no actual knowledge that anyone could be identified: "${text}"`
  ]
}

function used({ id, date, expires, terms }: UseAgreement): string[] {
  return [
    `The data use agreement ${id} was signed on ${date} and ends before ${expires}; outside these days nothing is taken in and nothing leaves. Its terms are (contractual only):`,
    ...TERMS.map(([term, about]) => `${about}: "${terms[term]}"`)
  ]
}

function certified({ id, expert, method, threshold, every, issued, expires, demo }: Certificate): string[] {
  return [
    `The certificate is ${id}. Given by: ${unended(expert)}. The method: ${unended(method)}.`,
    `It asks that groups have at least ${threshold.k} people and accepts a risk of at most ${threshold.risk}.`,
    `Its risk was determined for releases at least ${every} apart: what is new in one happened after the one before.`,
    `It is in force from ${issued} up to, but not on, ${expires}; outside these days nothing is taken in, nothing leaves and nothing can be fetched.`,
    ...(demo ? ['It is for demonstration only: no expert gave it, and it covers no real person.'] : [])
  ]
}
