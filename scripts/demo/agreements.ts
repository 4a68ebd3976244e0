/** The agreements of the demo, a row each: who receives, in which form, and what becomes of dates. Whatever ships in policies/agreements as a demo stands here. */

export const HOSPITAL = 'demo-hospital'
export const INSURER = 'demo-insurer'
const RESEARCH = 'demo-research'
const ANALYTICS = 'demo-analytics'

export interface DemoAgreement {
  readonly id: string
  readonly recipient: string
  readonly form: 'sealed' | 'transport-only'
  /** what leaves: records whose dates are years, records whose dates are shifted, or only numbers about groups */
  readonly leaves: 'years' | 'shifted' | 'groups'
  /** below it the agreement would not load */
  readonly leastK: number
}

export const AGREEMENTS: readonly DemoAgreement[] = [
  { id: 'demo-safe-harbor', recipient: INSURER, form: 'sealed', leaves: 'years', leastK: 1 },
  { id: 'demo-transport-only', recipient: RESEARCH, form: 'transport-only', leaves: 'years', leastK: 1 },
  { id: 'demo-expert-determination', recipient: ANALYTICS, form: 'sealed', leaves: 'shifted', leastK: 3 },
  { id: 'demo-aggregate', recipient: ANALYTICS, form: 'sealed', leaves: 'groups', leastK: 11 }
]
