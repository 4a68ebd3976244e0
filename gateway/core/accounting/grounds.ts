/**
 * Whether a disclosure must stand in a patient's accounting (45 CFR 164.528), and by which paragraph it need not. Decides by the mode a dataset was
 * released under, its purpose, and whether officers found it impermissible. Whatever no row of the tables names is accountable.
 */

/** not-phi: de-identified, so no disclosure of protected health information at all. exempt: one that need not be listed. */
export type DisclosureClass = 'accountable' | 'exempt' | 'not-phi'

export interface Ground {
  readonly class: DisclosureClass
  /** the paragraph */
  readonly cite: string
  /** for the patient, in plain words */
  readonly says: string
}

const MODES: ReadonlyMap<string, Ground> = new Map([
  [
    'safe-harbor',
    {
      class: 'not-phi',
      cite: '45 CFR 164.502(d)(2), 164.514(b)(2)',
      says: 'Names, exact dates and all else that says who you are had been taken out (Safe Harbor).'
    }
  ],
  [
    'expert-determination',
    {
      class: 'not-phi',
      cite: '45 CFR 164.502(d)(2), 164.514(b)(1)',
      says: 'An expert had determined that the risk of finding out who you are is very small.'
    }
  ],
  [
    'limited-data-set',
    {
      class: 'exempt',
      cite: '45 CFR 164.528(a)(1)(viii)',
      says: 'It was part of a limited data set: without names and addresses, under an agreement that forbids finding out who you are.'
    }
  ]
])

const OPERATIONS: Ground = {
  class: 'exempt',
  cite: '45 CFR 164.528(a)(1)(i)',
  says: 'It was for treatment, payment or health care operations.'
}
const OWN_REQUEST: Ground = { class: 'exempt', cite: '45 CFR 164.528(a)(1)(ii)', says: 'It was given to you yourself.' }
const INVOLVED: Ground = {
  class: 'exempt',
  cite: '45 CFR 164.528(a)(1)(v)',
  says: 'It was for the directory of the hospital, or for persons involved in your care.'
}

interface Purpose {
  readonly says: string
  /** null: to be listed, when what left says who it is about */
  readonly exempt: Ground | null
}

/** Codes of HL7 v3 PurposeOfUse, as a patient reads them. */
const PURPOSES: ReadonlyMap<string, Purpose> = new Map([
  ['TREAT', { says: 'treatment', exempt: OPERATIONS }],
  ['ETREAT', { says: 'emergency treatment', exempt: OPERATIONS }],
  ['CAREMGT', { says: 'care management', exempt: OPERATIONS }],
  ['COC', { says: 'coordination of care', exempt: OPERATIONS }],
  ['HPAYMT', { says: 'payment for health care', exempt: OPERATIONS }],
  ['COVERAGE', { says: 'deciding what insurance covers', exempt: OPERATIONS }],
  ['HOPERAT', { says: 'health care operations', exempt: OPERATIONS }],
  ['HOUTCOMS', { says: 'measuring the outcomes of health care', exempt: OPERATIONS }],
  ['HQUALIMP', { says: 'improving the quality of health care', exempt: OPERATIONS }],
  ['HPRGRP', { says: 'reporting on the performance of health plans', exempt: OPERATIONS }],
  ['PATSFTY', { says: 'safety of patients', exempt: OPERATIONS }],
  ['PERFMSR', { says: 'measuring performance', exempt: OPERATIONS }],
  ['PATRQT', { says: 'your own request', exempt: OWN_REQUEST }],
  ['FAMRQT', { says: 'the request of a family member', exempt: INVOLVED }],
  ['HDIRECT', { says: 'the directory of the hospital', exempt: INVOLVED }],
  ['HRESCH', { says: 'research', exempt: null }],
  ['PUBHLTH', { says: 'public health', exempt: null }],
  ['HLEGAL', { says: 'legal proceedings', exempt: null }],
  ['THREAT', { says: 'averting a threat', exempt: null }],
  ['HMARKT', { says: 'marketing', exempt: null }]
])

/** A purpose in words; a code we have no words for stands as it is. */
export function purposeWords(code: string): string {
  return PURPOSES.get(code)?.says ?? code
}

/** `incident`: the day officers found the disclosure impermissible, null when they did not. */
export function groundOf(told: { readonly mode: string; readonly purposeOfUse: string; readonly incident: string | null }): Ground {
  if (told.incident !== null)
    return { class: 'accountable', cite: '45 CFR 164.528(a)', says: 'It was found that this should not have been disclosed.' }
  const exempt = MODES.get(told.mode) ?? PURPOSES.get(told.purposeOfUse)?.exempt
  return exempt ?? { class: 'accountable', cite: '45 CFR 164.528(a)', says: 'The law asks that this be listed.' }
}
