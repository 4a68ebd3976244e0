/**
 * Records about somebody beside the subject: ages and years there are the relative's (45 CFR 164.514(b)(2)(i): identifiers "of the individual or of
 * relatives"). Decides whether that one is over 89: at death if known, otherwise at the release; from the date of birth, else from the age and when it was told.
 */
import type { Resource } from '../fhir/resource.ts'
import { collapsed, type Lifetime, stricter, YOUNGER, yearOf } from './lifetime.ts'
import { yearsOf } from './values/quantities.ts'
import { membersOf, type Value } from './values/values.ts'

/** What is known of a relative, by years. */
interface Life {
  readonly born: number | null
  readonly died: number | null
}

const LIVES: ReadonlyMap<string, (record: Resource) => Life> = new Map([
  ['FamilyMemberHistory', familyMember],
  ['RelatedPerson', (record: Resource): Life => ({ born: yearOf(record['birthDate']), died: null })]
])

/**
 * Whose life the ages and years of a record are judged by: the subject's, or for a record about a relative that one's. What an older subject's years
 * hide, a relative's record does not show either.
 */
export function lifetimeIn(record: Resource, subject: Lifetime, at: string): Lifetime {
  const lifeOf = LIVES.get(record.resourceType)
  if (lifeOf === undefined) return subject
  const own = judged(lifeOf(record), yearOf(at) ?? 9999)
  const { minYear, maxYear } = stricter(own, subject)
  return { ...own, minYear, maxYear }
}

/** An age that no year stands beside says nothing of a year of birth. */
function judged({ born, died }: Life, now: number): Lifetime {
  if (born === null) return YOUNGER
  const last = died !== null && died >= born ? died : now
  return last - born >= 90 ? collapsed(last) : YOUNGER
}

function familyMember(record: Resource): Life {
  const period = membersOf(record['bornPeriod'])
  const told = yearOf(record['date'])
  const age = ageIn(record, 'age')
  const born = yearOf(record['bornDate']) ?? yearOf(period?.['start']) ?? yearOf(period?.['end'])
  const estimated = born ?? (told === null || age === null ? null : told - age)
  const lived = ageIn(record, 'deceased')
  return { born: estimated, died: yearOf(record['deceasedDate']) ?? (estimated === null || lived === null ? null : estimated + lived) }
}

/** In years, the most it can be. */
function ageIn(record: Resource, name: string): number | null {
  return years(record[`${name}Age`]) ?? years(membersOf(record[`${name}Range`])?.['high'])
}

function years(age: Value): number | null {
  const members = membersOf(age)
  return members === null ? null : yearsOf(members)
}
