/**
 * An agreement in plain sentences, made from the very object the engine runs, for a privacy officer to read and sign. Every field of the
 * agreement is said, and it is said which promises the gateway enforces and which are contractual only. Decides nothing.
 */
import type { Agreement, Party } from '../../generated/policy.ts'
import { type ObjectPlan, planResource } from '../deidentify/compile/plan.ts'
import { elementAllowed } from '../minimum-necessary/elements.ts'
import { explainQuality } from '../quality/told.ts'
import { answering, evidenced, measured, promised } from './explain-duties.ts'
import { lookAlike } from './explain-groups.ts'
import { ruleFollowed } from './explain-mode.ts'
import { filters, limited, phased, sensitive } from './explain-terms.ts'
import { type HashedAgreement, type Policies, profileOf } from './policies.ts'
import { PURPOSES } from './purposes.ts'

/** Who sees to what a section says: the gateway does, or the parties promised it. A sentence that is otherwise says so itself. */
export type Duty = 'enforced by the gateway' | 'contractual only'

export interface Section {
  readonly heading: string
  /** null: it promises nothing */
  readonly duty: Duty | null
  readonly sentences: readonly string[]
}

type Around = Pick<Policies, 'parties' | 'profiles'>

const ENFORCED = 'enforced by the gateway'
const PROMISED = 'contractual only'

/** Sections without a sentence are left out. */
export function explainAgreement(
  { agreement, hash, certificate }: Pick<HashedAgreement, 'agreement' | 'hash' | 'certificate'>,
  around: Around
): Section[] {
  const rows: readonly (readonly [heading: string, duty: Duty | null, sentences: readonly string[]])[] = [
    ['Who and why', null, whoAndWhy(agreement, around)],
    ['Who may send', ENFORCED, sending(agreement, around)],
    ['How its parties prove who they are', ENFORCED, proving(agreement)],
    ['Who answers for it', PROMISED, answering(agreement)],
    ['Which rule it follows', null, ruleFollowed(agreement, certificate)],
    ['When it is in force', ENFORCED, inForce(agreement)],
    ['On what it stands', ENFORCED, evidenced(agreement, certificate)],
    ['What may leave', ENFORCED, whatLeaves(agreement, around)],
    ['Which sensitive records may leave', ENFORCED, sensitive(agreement)],
    ['In which phases it reads otherwise', ENFORCED, phased(agreement, (then) => inOnePhase(then, around))],
    ['What is done to it first', ENFORCED, deIdentified(agreement, around)],
    ['How many must look alike', ENFORCED, lookAlike(agreement, around)],
    ['What is asked of the data', ENFORCED, explainQuality(agreement)],
    ['How often, and how much', ENFORCED, [...howOften(agreement), ...limited(agreement)]],
    ['How it travels', ENFORCED, travels(agreement)],
    ['How long it is kept', ENFORCED, kept(agreement)],
    ['What else is promised', PROMISED, promised(agreement)],
    ['What it is for', PROMISED, measured(agreement)],
    ['What was read', null, [`These sentences were made from ${agreement.id}, version ${agreement.version}, whose hash is ${hash}.`]]
  ]
  return rows.filter(([, , sentences]) => sentences.length > 0).map(([heading, duty, sentences]) => ({ heading, duty, sentences }))
}

const SAID_NO = [
  'A patient who said no to everything, to this recipient or to this purpose is left out whole.',
  'Of one who said no to a category, to a provider or to what was paid for out of pocket, the records that are meant stay in, and what belongs to them.'
]

/** What a phase can change, in sentences. */
function inOnePhase(agreement: Agreement, around: Around): string[] {
  return [...whatLeaves(agreement, around), ...sensitive(agreement), ...lookAlike(agreement, around), ...limited(agreement)]
}

function named(id: string, { parties }: Around): string {
  const party: Party | undefined = parties.get(id)
  return party === undefined ? `${id} (a party that is not known)` : `${party.name} (${id}; ${party.address})`
}

function whoAndWhy(agreement: Agreement, around: Around): string[] {
  const purpose = PURPOSES.get(agreement.purposeOfUse) ?? 'a purpose that is not known'
  const holds = agreement.recipientHolds
  return [
    `${named(agreement.source, around)} discloses to ${named(agreement.recipient, around)}.`,
    `The purpose of use is ${purpose} (${agreement.purposeOfUse}).`,
    `The legal reference is: ${agreement.legalReference}.`,
    holds.length === 0
      ? 'It is attested that the recipient holds no identified records of the same people (contractual only).'
      : `The recipient already holds identified records of the same people: ${series(holds)}.`
  ]
}

function sending({ senders }: Agreement, around: Around): string[] {
  if (senders === undefined) return []
  const names = series(senders.map((id) => named(id, around)))
  return [
    `Beside the source ${names} may send in its name: the records, their patients, the Consents among them and the accountings are the source's all the same. By those Consents they add what a patient refuses, and take back only what they added. A list of opt-outs that is sent apart is of the patients of whoever sends it; who is the source of nothing sends none.`
  ]
}

function proving({ clientAuthentication }: Agreement): string[] {
  if (clientAuthentication !== 'client_secret') return []
  return [
    'By a signed assertion, or by a secret: whoever learns it is taken for the party until it is changed. A party that is a side of another agreement in force which does not allow that proves itself by assertions alone.'
  ]
}

function inForce({ effective, expires }: Agreement): string[] {
  return [
    `It is in force from ${effective} up to, but not on, ${expires}; days begin at 00:00 UTC. Outside these days nothing is taken in under it and nothing leaves.`,
    'It is active once the source, the recipient and a privacy officer, three people none of whom proposed it, have each signed their approval of this very text; until it is suspended, revoked or replaced by a newer version so approved.'
  ]
}

function whatLeaves(agreement: Agreement, around: Around): string[] {
  const { mode, resources, dateWindow } = agreement
  const types = Object.entries(resources)
  const named = types.map(([type, elements]) => `${type}: ${series(elements)}.`)
  if (mode === 'aggregate-only')
    return [
      `No record leaves. To compute the indicators, records of ${types.length} types are read, and of each only the elements named here.`,
      ...named,
      'Patients who opted out are not counted, nor records that a patient said no to.',
      ...filters(agreement),
      windowSentence(dateWindow, 'are read')
    ]
  return [
    `Records of ${types.length} types may leave, and of each only the elements named here; all else stays in.`,
    ...named,
    ...removedAnyway(agreement, around),
    'Each record also carries its type and a surrogate id.',
    ...SAID_NO,
    ...filters(agreement),
    windowSentence(dateWindow, 'may leave')
  ]
}

/** What the agreement names and its profile never lets out. */
function removedAnyway({ resources, profile }: Agreement, { profiles }: Around): string[] {
  const found = profileOf({ profiles }, { profile })?.profile
  if (found === undefined || found.mode === 'aggregate-only') return []
  const reach = elementAllowed(resources)
  const gone = Object.entries(resources).flatMap(([type, elements]) => {
    const plan = planResource(found, type, (path) => reach(type, path))
    return elements.filter((path) => !leaves(plan, path.split('.'))).map((path) => `${type}.${path}`)
  })
  return gone.length === 0 ? [] : [`Of these the profile removes ${series(gone)}.`]
}

/** Has the plan a rule that keeps something at the path? */
function leaves(plan: ObjectPlan | null, [name = '', ...below]: readonly string[]): boolean {
  if (name === 'extension') return plan !== null && plan.extensions.length > 0
  const field = plan?.fields.find((one) => one.name === name)
  if (field === undefined || field.rule.verb === 'remove') return false
  return below.length === 0 || field.child === null || leaves(field.child, below)
}

function windowSentence({ from, to }: Agreement['dateWindow'], what: 'may leave' | 'are read'): string {
  if (from === null && to === null) return `Records of any date ${what}.`
  const span = [...(from === null ? [] : [`on or after ${from}`]), ...(to === null ? [] : [`before ${to}`])].join(' and ')
  return `Only records of what happened ${span} ${what}; a condition, coverage, plan or other lasting state counts if it lasted into that time. A record that cannot be placed in time stays in.`
}

function deIdentified({ mode, profile }: Agreement, { profiles }: Around): string[] {
  const found = profileOf({ profiles }, { profile })
  const passed =
    mode === 'aggregate-only' ? 'The indicators are computed as the profile says:' : 'Every record is de-identified by the profile'
  const first = `${passed} ${profile.name}, version ${profile.version}`
  if (found === undefined) return [`${first}, which is not known.`]
  const { profile: text } = found
  const derived = ('derived' in text ? (text.derived ?? []) : []).map(
    ({ name, on, because }) => `It adds ${name} to ${series(on)}: ${because}`
  )
  return [`${first} (${text.legalBasis}; hash ${found.hash}).`, `That profile says of itself: ${text.title}`, ...derived]
}

function howOften({ releaseWindow: { every, attestation } }: Agreement): string[] {
  const between = `Between two releases at least ${durationWords(every)} must pass; what arrives meanwhile waits for the next one.`
  if (attestation === null) return [between]
  return [between, `On ${attestation.date} ${attestation.by} attested: "${attestation.text}"`]
}

const UNITS: readonly (readonly [RegExp, string])[] = [
  [/^P[^T]*?(\d+)Y/, 'year'],
  [/^P[^T]*?(\d+)M/, 'month'],
  [/^P[^T]*?(\d+)W/, 'week'],
  [/^P[^T]*?(\d+)D/, 'day'],
  [/T.*?(\d+)H/, 'hour'],
  [/T.*?(\d+)M/, 'minute'],
  [/T.*?(\d+)S/, 'second']
]

function durationWords(every: string): string {
  const parts = UNITS.flatMap(([pattern, unit]) => {
    const count = Number(pattern.exec(every)?.[1] ?? 0)
    return count === 0 ? [] : [`${count} ${unit}${count === 1 ? '' : 's'}`]
  })
  return `${parts.length === 0 ? 'no time' : series(parts)} (${every})`
}

function travels({ sealedForm, transportOnlySignedBy, recipientKey }: Agreement): string[] {
  if (sealedForm === 'transport-only') {
    const officers = series(transportOnlySignedBy.map(({ officer, date }) => `${officer} on ${date}`))
    return [`Datasets are not sealed: they leave in clear over TLS to the recipient's FHIR client. For this signed: ${officers}.`]
  }
  const form = sealedForm === 'c2sp' ? 'chunked AES-256-GCM (C2SP)' : 'CMS AuthEnvelopedData with AES-256-GCM (RFC 5652)'
  return [`Every dataset is sealed by ${form}; only the holder of the recipient's key ${recipientKey} can open it.`]
}

function kept({ retention: { gatewayDays, recipientDays } }: Agreement): string[] {
  return [
    `The gateway destroys a released dataset ${days(gatewayDays)} after its release.`,
    `The recipient destroys what it received ${days(recipientDays)} after receipt (contractual only).`
  ]
}

function days(count: number): string {
  return count === 1 ? '1 day' : `${count} days`
}

function series(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? 'nothing') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}
