/** What an agreement asks of groups of look-alikes, in sentences, and what becomes of patients who do not stand in such. Decides nothing: the risk gate does. */
import type { Agreement } from '../../generated/policy.ts'
import type { RiskRule } from '../deidentify/profile/profile.ts'
import { type Policies, profileOf } from './policies.ts'

export function lookAlike(agreement: Agreement, { profiles }: Pick<Policies, 'profiles'>): string[] {
  const { mode, k, belowK, profile, risk } = agreement
  if (mode === 'aggregate-only')
    return [
      `Every number released is of at least ${k} people: a smaller cell is left out, and so is what would let it be found by subtraction.`
    ]
  const text = profileOf({ profiles }, { profile })?.profile
  const declared = text !== undefined && 'risk' in text ? text.risk : undefined
  const coarser = Object.entries(text !== undefined && 'generalized' in text ? (text.generalized ?? {}) : {})
  const isAlone = belowK.includes('generalize') && declared === undefined
  return [
    k === 1
      ? 'A patient may be alone in a group: k is 1, so no number of patients must look alike.'
      : `Every patient released must look like at least ${k - 1} others who are released (k is ${k}), by the characteristics the profile declares.`,
    ...asked(risk ?? {}, declared),
    `For patients who do not: ${fallback(belowK, declared)}.`,
    ...(isAlone ? coarser.map(([path, { because }]) => `Made coarser, ${path}: ${because}`) : []),
    limit(agreement)
  ]
}

function asked({ l, entropyL, t, maxProsecutorRisk, population }: NonNullable<Agreement['risk']>, declared?: RiskRule): string[] {
  const names = (declared?.sensitive ?? []).map(({ name }) => name).join(', ')
  const sentences: readonly (readonly [number | undefined, string])[] = [
    [
      maxProsecutorRisk,
      `The risk of finding a patient known to be in the data is at most ${percent(maxProsecutorRisk ?? 1)}, so groups are as large as that asks.`
    ],
    [l, `Patients who look alike have at least ${l} different values of each of: ${names}, where one of them has any.`],
    [entropyL, `Such values are as uncertain as ${entropyL} that are equally frequent (entropy).`],
    [t, `How such values are spread in a group differs from all patients by no more than ${t} (t-closeness).`],
    [population, `The patients stand for ${population} people: risks in that population are estimated for the officers.`]
  ]
  return sentences.flatMap(([value, sentence]) => (value === undefined ? [] : [sentence]))
}

function fallback(belowK: Agreement['belowK'], declared?: RiskRule): string {
  const coarser =
    declared === undefined
      ? 'their records are made coarser, as the profile says'
      : 'the records of all who are new to the recipient are made coarser, by the levels of the profile that lose least'
  const actions = { generalize: coarser, suppress: 'they are left out of the dataset', refuse: 'the dataset is refused' } as const
  const steps = belowK.map((action, index) => `${index === 0 ? 'first' : 'then, if their group is still too small,'} ${actions[action]}`)
  return steps.length === 0 ? 'the dataset is held for an officer' : steps.join('; ')
}

function limit({ belowK, suppressionLimit }: Agreement): string {
  const share = percent(suppressionLimit)
  const end = belowK.includes('refuse') ? 'refused' : 'held until an officer decides'
  if (belowK.includes('suppress')) return `If more than ${share} of the patients would be left out, the dataset is ${end}.`
  return `Whoever then still stands in too small a group causes the dataset to be ${end}. No share of patients may be left out (the limit is ${share}).`
}

function percent(share: number): string {
  return `${Math.round(share * 10_000) / 100} %`
}
