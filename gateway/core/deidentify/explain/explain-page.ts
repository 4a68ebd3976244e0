/**
 * One page of what a profile does, for the person who signs it: the mode, what leaves, dates, ages, places, ids, text, codes, small groups, and what the
 * mode asks for besides. Every sentence is chosen and counted by the compiled plans (places.ts), none by the profile's own prose but where it is quoted.
 */
import { AIM, MEASURED, MEASURED_ON } from '../../scrub/measured.ts'
import type { Engine } from '../compile/compile.ts'
import type { RecordMode, RecordProfile, RiskRule } from '../profile/profile.ts'
import type { Section } from './explain-detail.ts'
import { isGone, joined, listed, outcomeOf, phraseOf } from './phrases.ts'
import type { Place, Spot, Topics } from './places.ts'

export type Places = ReadonlyMap<string, ReadonlyMap<string, Place>>

/** What the page counts, beside the identifiers of the law. */
export const PAGE_TOPICS: Topics = new Map(
  Object.entries({
    dates: ['date', 'dateTime', 'instant', 'time'],
    ages: ['Age', 'Observation.valueQuantity'],
    text: ['string', 'markdown', 'xhtml'],
    addresses: ['Address'],
    identifiers: ['Identifier.value']
  }).flatMap(([topic, names]) => names.map((name): [string, string[]] => [name, [topic]]))
)

const MODES: Readonly<Record<RecordMode, string>> = {
  'safe-harbor':
    'Safe Harbor (45 CFR 164.514(b)(2)): the 18 identifiers of the individual, and of relatives, employers and household members, do not leave. The table below says where each can stand and what is done there. What else was known to identify somebody is attested by the source, for each version of an agreement.',
  'limited-data-set':
    'A limited data set (45 CFR 164.514(e)): the 16 direct identifiers do not leave; dates, ages, town, State and ZIP code may. What leaves is still protected health information.',
  'expert-determination':
    'Expert determination (45 CFR 164.514(b)(1)): an expert has determined that the risk is very small that the recipient could identify anybody, under the conditions of the certificate below.'
}

export function explainPage(engine: Engine, places: Places): Section[] {
  const { profile } = engine
  const sections: Section[] = [
    { heading: 'Mode', sentences: [MODES[profile.mode], `${profile.title} It stands on ${profile.legalBasis}.`] },
    { heading: 'What leaves', sentences: whatLeaves(engine) },
    { heading: 'Dates', sentences: dates(placesFor(places, 'dates')) },
    { heading: 'Ages', sentences: ages(engine, places) },
    { heading: 'Places', sentences: addresses(engine, placesFor(places, 'addresses')) },
    { heading: 'Ids', sentences: ids(placesFor(places, 'identifiers')) },
    { heading: 'Free text', sentences: text(placesFor(places, 'text')) },
    { heading: 'Codes', sentences: codes(profile) },
    { heading: 'Small groups', sentences: smallGroups(profile) }
  ]
  return [...sections, ...certificateOf(profile), ...termsOf(profile)]
}

/** The places of a topic in types that leave. */
function placesFor(places: Places, topic: string): Place[] {
  return [...(places.get(topic)?.values() ?? [])].filter(({ spots }) => spots[0]?.deed !== 'withheld')
}

function whatLeaves({ plans, profile, derived }: Engine): string[] {
  const computed = derived.filter(({ on }) => on.length > 0).map(({ name }) => name)
  return [
    `Of the 146 resource types of FHIR R4, records of ${plans.size} leave, each with the elements this profile names; of ${146 - plans.size} nothing leaves. It is an allow-list: what it does not name, and what FHIR does not know, is removed.`,
    'A record is withheld whole when an element that changes its meaning cannot be kept, or a security label is not understood.',
    ...(computed.length === 0 ? [] : [`Computed while the dates are there, and added: ${joined(computed)}.`]),
    profile.labels === 'summary'
      ? 'Each record carries FHIR security labels that say what was done to it.'
      : 'What was done is not marked on the records.'
  ]
}

const HOW_SHIFTED =
  'A patient’s dates are all moved back by the same random number of whole days, 1 to 365, which is never disclosed, and times are written in UTC: the time between any two stays as it was. A year or month alone goes.'

function dates(places: readonly Place[]): string[] {
  const shifted = spotsOf(places).some(({ deed }) => deed === 'shift' || deed === 'birth-shift')
  return [`Dates and times are ${outcomeOf(places)}.`, ...(shifted ? [HOW_SHIFTED] : [])]
}

function ages({ profile }: Engine, places: Places): string[] {
  const birth = placesFor(places, 'dates').find(({ path }) => path === 'Patient.birthDate')
  const [spot] = birth?.spots ?? []
  const told = spotsOf(placesFor(places, 'ages')).filter(({ path, deed }) => /\.value$/.test(path) && deed !== 'remove')
  const open = told.filter(({ deed }) => deed !== 'age-90' && deed !== 'observed' && deed !== 'generalize')
  return [
    spot === undefined ? 'No Patient leaves, and so no date of birth.' : `The date of birth is ${phraseOf(spot)}.`,
    open.length > 0
      ? `An age leaves as any other quantity at ${listed(open.map(({ path }) => path))}.`
      : `No age over 89 leaves: it is told as 90 or more, or made coarser, or removed, in any unit and at every place of an age; of an observation by its code (${joined(profile.ageCodes.map(({ code }) => code))}).`
  ]
}

function addresses({ profile }: Engine, places: readonly Place[]): string[] {
  const spots = spotsOf(places)
  const parts = new Map<string, Place>()
  for (const spot of spots) {
    const name = /\.([A-Za-z]+)$/.exec(spot.path)?.[1] ?? ''
    const part = parts.get(name) ?? { path: name, spots: [] }
    parts.set(name, part)
    part.spots.push(spot)
  }
  const gone = [...parts.values()].filter(({ spots: all }) => all.every(isGone))
  const kept = [...parts.values()].filter((part) => !gone.includes(part))
  const zip = spots.some(({ deed }) => deed === 'zip3') ? [`${profile.zip3.because} (${profile.zip3.source})`] : []
  return [
    `Of an address ${joined(gone.map(({ path }) => path))} never leave.`,
    ...kept.map(({ path, spots: all }) => `${path}: ${outcomeOf(all.filter((spot) => !isGone(spot)).map(alone))}; nowhere else.`),
    ...zip
  ]
}

function ids(places: readonly Place[]): string[] {
  return [
    'Every record gets a new id: random for a patient, else made under a random secret of the patient that is never disclosed. References are renamed with them; one to another patient, or to nothing known, is removed.',
    `Identifiers (record, plan, account, license numbers) are ${outcomeOf(places)}.`
  ]
}

/** Verbs that let no word of the sender through. */
const TESTED: ReadonlySet<Spot['deed']> = new Set([
  'reference',
  'quantity',
  'observed',
  'age-90',
  'coding',
  'code',
  'state',
  'zip3',
  'substitute',
  'surrogate',
  'generalize',
  'id'
])

function text(places: readonly Place[]): string[] {
  const kept = spotsOf(places).filter((spot) => !isGone(spot))
  const scrubbed = kept.filter(({ deed }) => deed === 'scrub')
  const free = kept.filter(({ deed }) => !TESTED.has(deed) && deed !== 'scrub')
  const tested = places.filter(({ spots }) => spots.some((spot) => !isGone(spot)) && !spots.some((spot) => free.includes(spot)))
  return [
    ...(scrubbed.length === 0 ? [] : scrubbedText(scrubbed)),
    ...(scrubbed.length === 0 ? [] : [TELLING]),
    free.length === 0
      ? scrubbed.length > 0
        ? 'No other free text leaves.'
        : 'No free text leaves: no narrative, note, name, display, comment, answer in words or dosage instruction.'
      : `Free text leaves as it is at ${listed(free.map(({ path }) => path))}.`,
    `A text leaves only where it can be tested or is made anew: ${outcomeOf(tested)}.`
  ]
}

const TELLING =
  'Of a patient, or for all, of whom the risk gate makes anything but the area coarser, no such text leaves: it tells age, sex, race and illness in words.'

/** Measured recall below all is knowledge that identifiers remain: it is told to who signs. */
function scrubbedText(spots: readonly Spot[]): string[] {
  const rows = MEASURED.map(({ corpus, values, lenient, strict, all }) => {
    const more = all.values - values
    const other =
      more === 0
        ? ''
        : `; counting ${more} labelled values more, which may stand by law (companies, titles, ages): ${all.lenient} % and ${all.strict} %`
    return `${corpus}: ${lenient} % of ${values}, ${strict} % to the last character${other}`
  })
  const missed = MEASURED.filter(({ lenient, strict }) => lenient < AIM.lenient || strict < AIM.strict).map(({ corpus }) => corpus)
  return [
    `Free text leaves at ${listed(spots.map(({ path }) => path))} after identifiers have been searched in it and covered. Not all are found: such text still holds some.`,
    `Found on ${MEASURED_ON}, in texts set aside by their hash, of which nobody reads what was missed: ${rows.join('. ')} (npm run bench:text).`,
    ...(missed.length === 0 ? [] : [`The aim, ${AIM.lenient} % and ${AIM.strict} %, is missed on ${joined(missed)}.`])
  ]
}

function codes(profile: RecordProfile): string[] {
  const extensions = profile.extensions.map(({ url }) => url.slice(url.lastIndexOf('/') + 1))
  return [
    `A code leaves only from the ${profile.codeSystems.length} code systems listed, in the form that system has, without the sender’s wording; a hospital’s own codes are removed.`,
    extensions.length === 0 ? 'No extension leaves.' : `Extensions that leave: ${joined(extensions)}; every other one is removed.`
  ]
}

function smallGroups(profile: RecordProfile): string[] {
  if (profile.risk !== undefined) return recoding(profile.risk)
  const what = Object.entries(profile.generalized).map(([path, { verb }]) => `${path} ${COARSER.get(verb) ?? 'goes'}`)
  return what.length === 0
    ? ['Of a patient too few others look like nothing more is done: the agreement withholds them.']
    : [`Of a patient fewer look like than the agreement’s k, more is taken: ${joined(what)}. Whoever still stands out is withheld.`]
}

function recoding({ quasiIdentifiers, patterns = [], sensitive = [] }: RiskRule): string[] {
  const levels = quasiIdentifiers.map((row) => `${row.name} (${['as it leaves', ...row.levels.map(({ label }) => label)].join(', ')})`)
  const must = quasiIdentifiers.filter(({ missing }) => missing === 'suppress').map(({ name }) => name)
  const also = patterns.map(({ name, kind }) => `${name} (${kind})`)
  return [
    `A person could be found by ${joined(levels)}. The risk gate chooses one level for each, the same for all who are new to the recipient: what costs least of all that keeps the agreement’s k.`,
    ...(must.length === 0 ? [] : [`Whoever lacks ${joined(must)} is withheld.`]),
    ...(also.length === 0 ? [] : [`Events count, too: ${joined(also)}.`]),
    ...(sensitive.length === 0 ? [] : [`Not to be learned from a group: ${joined(sensitive.map(({ name }) => name))}.`]),
    'Nobody becomes known more precisely by a later release. Whoever still stands out is withheld.'
  ]
}

const COARSER: ReadonlyMap<string, string> = new Map([
  ['decade', 'becomes the decade'],
  ['period', 'becomes a span of years'],
  ['roll-up', 'becomes the parent of a rare code'],
  ['mask', 'is masked'],
  ['year', 'becomes the year'],
  ['zip3', 'becomes three digits'],
  ['generalize', 'becomes coarser']
])

function certificateOf({ certificate }: RecordProfile): Section[] {
  if (certificate === undefined) return []
  const { id, expert, method, threshold, every, issued, expires, demo } = certificate
  const sentences = [
    ...(demo ? ['This certificate is a demonstration. It determines nothing.'] : []),
    `Certificate ${id}, by ${expert}`,
    `Method: ${method}`,
    `Each patient must look like at least ${threshold.k - 1} others (k = ${threshold.k}), at a risk of at most ${threshold.risk}.`,
    `Releases are at least ${every} apart.`,
    `Issued ${issued}; from ${expires} on nothing leaves under it.`
  ]
  return [{ heading: 'Certificate', sentences }]
}

/** 45 CFR 164.514(e)(4)(ii). */
const TERMS = [
  'who may use and receive it, and for what: research, public health or health care operations only (A), (B), (e)(3)(i)',
  'no use or disclosure beyond that, or as the law requires (C)(1)',
  'safeguards (C)(2)',
  'report of any use or disclosure not provided for (C)(3)',
  'agents held to the same (C)(4)',
  'no identifying of the information, no contacting of the individuals (C)(5)'
]

function termsOf({ mode }: RecordProfile): Section[] {
  if (mode !== 'limited-data-set') return []
  const sentence = `It leaves only to a recipient whose data use agreement is on record, with every term of 45 CFR 164.514(e)(4)(ii): ${TERMS.join('; ')}.`
  return [{ heading: 'Data use agreement', sentences: [sentence] }]
}

function alone(spot: Spot): Place {
  return { path: spot.path, spots: [spot] }
}

function spotsOf(places: readonly Place[]): Spot[] {
  return places.flatMap(({ spots }) => spots)
}
