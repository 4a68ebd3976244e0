/**
 * One table over the members of an agreement: what a change of each means for what leaves. Decides; a member that is not in the table widens when it changes, and so
 * does whatever cannot be told.
 */
import type { Agreement } from '../../generated/policy.ts'
import { canonicalJson, type Json } from '../digest.ts'
import {
  addedAndLost,
  type Comparer,
  categoriesDiff,
  codeFiltersDiff,
  type Direction,
  dateWindowDiff,
  kDiff,
  limitsDiff,
  narrows,
  neither,
  numberDiff,
  resourcesDiff,
  type Said,
  widens
} from './diff-terms.ts'
import { isShorter } from './window.ts'

/** Members that a phase may replace: compared on every day, in the phase that is in force on it. */
export const BY_DAY = [
  'resources',
  'dateWindow',
  'categories',
  'codeFilters',
  'k',
  'limits'
] as const satisfies readonly (keyof Agreement)[]

/** Members that only say on which days there is an agreement, or a phase: what they change is said of those days. */
export const DAYS: ReadonlySet<string> = new Set(['effective', 'expires', 'phases'] satisfies (keyof Agreement)[])

type Table = { readonly [Member in Exclude<keyof Agreement, 'effective' | 'expires' | 'phases'>]-?: Comparer<Member> }

/** Any change of it is of this direction. */
function always(direction: Direction, sentence: string): () => Said[] {
  return () => [[direction, sentence]]
}

export const MEMBERS: Table = {
  resources: resourcesDiff,
  dateWindow: dateWindowDiff,
  categories: categoriesDiff,
  codeFilters: codeFiltersDiff,
  k: kDiff,
  limits: limitsDiff,
  id: always('widens', 'It is another agreement: the recipient would get other surrogates for the same people.'),
  version: always('neither', 'It is another version.'),
  mode: (_, after) => [
    after === 'aggregate-only'
      ? narrows('No record leaves any more, only numbers of groups.')
      : widens(`The rule it releases under is now ${after}: other things leave, and nothing shows that they are fewer.`)
  ],
  source: always('widens', 'Another party discloses.'),
  recipient: always('widens', 'Another party receives.'),
  purposeOfUse: always('widens', 'It is for another purpose.'),
  legalReference: always('neither', 'It names another legal reference.'),
  profile: always('widens', 'Records pass another profile: sallyport profile diff says what leaves by it.'),
  belowK: always('widens', 'Patients too few look like are dealt with otherwise.'),
  suppressionLimit: numberDiff('The share of patients that may be left out before an officer is asked', 'widens'),
  risk: (before, after) => riskDiff(before ?? {}, after ?? {}),
  roster: (before, after) => {
    if (after === undefined) return [widens('There is no roster any more: records of all patients may leave.')]
    return [before === undefined ? narrows('Only records of patients on a roster may leave.') : widens('The roster is another.')]
  },
  releaseWindow: (before, after) => {
    if (before.every === after.every) return [neither('The release window is attested otherwise.')]
    const sentence = `A dataset may be released every ${after.every}, not every ${before.every}.`
    return [isShorter(after.every, before.every) || !isShorter(before.every, after.every) ? widens(sentence) : narrows(sentence)]
  },
  quality: (before) => [
    before === undefined
      ? narrows('What arrives is measured before anything leaves.')
      : widens('What is asked of the quality of the data is another, or no more.')
  ],
  recipientHolds: (before, after) =>
    addedAndLost(
      before,
      after,
      (type) => neither(`The recipient is said to hold ${type} of the same people.`),
      (type) => widens(`The recipient is no longer said to hold ${type} of the same people.`)
    ),
  noActualKnowledge: always('neither', 'What the source attests is worded otherwise.'),
  dataUseAgreement: always('widens', 'The data use agreement is another: its terms are compared by a reader.'),
  sealedForm: (before, after) => {
    if (after === 'transport-only') return [widens('Datasets leave unsealed now.')]
    return [before === 'transport-only' ? narrows('Datasets are sealed now.') : neither('Datasets are sealed in another form.')]
  },
  transportOnlySignedBy: always('neither', 'Others sign for transport-only.'),
  recipientKey: always('widens', 'Whoever has another key can open what leaves.'),
  retention: (before, after) => [
    ...numberDiff('Days the gateway keeps a dataset', 'widens')(before.gatewayDays, after.gatewayDays),
    ...numberDiff('Days the recipient keeps it', 'widens')(before.recipientDays, after.recipientDays)
  ],
  reattestation: (before, after) => {
    if (after === undefined) return [widens('It need not be attested anew any more.')]
    if (before === undefined) return [narrows('It must be attested anew.')]
    return [isShorter(after.every, before.every) ? narrows('It is attested anew more often.') : widens('It is attested anew less often.')]
  },
  senders: (before, after) =>
    addedAndLost(
      before ?? [],
      after ?? [],
      (id) => widens(`${id} may send in the name of the source, too.`),
      (id) => narrows(`${id} may send in the name of the source no more.`)
    ),
  clientAuthentication: (_, after) => [
    after === 'client_secret'
      ? widens('Its parties may prove who they are by a secret, too: whoever learns it is taken for them.')
      : narrows('Its parties prove who they are by a signed assertion alone.')
  ],
  actsFor: (before, after) =>
    addedAndLost(
      before ?? [],
      after ?? [],
      (name) => widens(`The recipient acts for ${name}, too.`),
      (name) => narrows(`The recipient acts for ${name} no more.`)
    ),
  evidence: (before, after) =>
    addedAndLost(
      (before ?? []).map(asText),
      (after ?? []).map(asText),
      () => neither('It stands on evidence that it did not stand on.'),
      () => widens('Evidence it stood on is another, or gone.')
    ),
  responsible: always('neither', 'Others answer for it.'),
  duties: (before, after) =>
    addedAndLost(
      (before ?? []).map(asText),
      (after ?? []).map(asText),
      () => neither('There is a duty that was not there.'),
      () => widens('A duty is worded otherwise, or gone.')
    ),
  dispute: always('neither', 'Disputes go elsewhere, or take another time.'),
  indicators: always('neither', 'It exists for other indicators.')
}

/** Asked of groups beside k; `population` is only an estimate, so that a change of it cannot be told. */
function riskDiff(before: NonNullable<Agreement['risk']>, after: NonNullable<Agreement['risk']>): Said[] {
  return [
    ...numberDiff('Distinct sensitive values in a group (l)', 'narrows')(before.l, after.l),
    ...numberDiff('Uncertainty of sensitive values (entropy l)', 'narrows')(before.entropyL, after.entropyL),
    ...numberDiff('The distance of sensitive values (t)', 'widens')(before.t, after.t),
    ...numberDiff('The greatest risk of a patient in the data', 'widens')(before.maxProsecutorRisk, after.maxProsecutorRisk),
    ...(before.population === after.population ? [] : [widens('The population that risks are estimated for is another.')])
  ]
}

function asText(value: object): string {
  return canonicalJson(value as Json) // rows of a document that came from JSON.parse
}
