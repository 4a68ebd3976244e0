/**
 * The verb scrub: text with its identifiers covered, by what the subject's own records tell and by the rules of core/scrub. Removes what is no text,
 * what an attachment may not hold, and everything where no dictionaries were given.
 */
import { scrubAttachment } from '../scrub/attachments/attachment.ts'
import { isTooLong } from '../scrub/attachments/bytes.ts'
import { isRefusal, type Refusal } from '../scrub/attachments/refusal.ts'
import { scrubNarrative } from '../scrub/attachments/xhtml.ts'
import { placeholders } from '../scrub/cover/cover.ts'
import type { MoveDay } from '../scrub/cover/shift-text.ts'
import { type SubjectCover, surrogateCover } from '../scrub/cover/surrogates.ts'
import type { Known } from '../scrub/known/known.ts'
import { knownOf } from '../scrub/known/known-of.ts'
import { type Answers, type ScrubText, type ScrubWith, withAnswers } from '../scrub/outside.ts'
import { createScrubber, type Scrubbed, type Scrubber } from '../scrub/scrubber.ts'
import type { Words } from '../scrub/words/words.ts'
import type { Lifetime } from './lifetime.ts'
import type { RecordProfile, Rule } from './profile/profile.ts'
import { dayText } from './values/dates.ts'
import type { Act } from './values/hierarchies.ts'
import { isTelling } from './values/shift.ts'
import { membersOf, type Value } from './values/values.ts'

/** Of an engine: the dictionaries, and a scrubber for each year of release. */
export interface Scrubbing {
  readonly words: Words
  scrubberOf(this: void, year: number): Scrubber
}

/** Null where no rule scrubs, or there are no dictionaries. */
export function createScrubbing({ datatypes, elements }: RecordProfile, loadWords: (() => Words) | null): Scrubbing | null {
  const scrubs = [...Object.values(datatypes), ...Object.values(elements)].some(({ verb }) => verb === 'scrub')
  if (!scrubs || loadWords === null) return null
  const words = loadWords()
  const scrubbers = new Map<number, Scrubber>()
  return {
    words,
    scrubberOf(year) {
      const scrubber = scrubbers.get(year) ?? createScrubber(words, { keep: new Set(), year })
      scrubbers.set(year, scrubber)
      return scrubber
    }
  }
}

/** Whom the texts are about. */
interface About {
  readonly at: string
  /** day of the release, in days since 1970-01-01 */
  readonly today: number
  /** all records of the subject, read when the first text comes */
  readonly sources: () => Iterable<unknown>
  readonly keyed: SubjectCover['keyed']
  /** null: there is no subject, and nothing is invented for it */
  readonly shiftDays: number | null
  readonly lifetime: Lifetime
  /** of a recogniser of others; null: none is asked */
  readonly answers: Answers | null
}

/** For one subject. */
export function subjectScrub({ words, scrubberOf }: Scrubbing, about: About): ScrubWith {
  const { answers, shiftDays } = about
  const scrubber = scrubberOf(Number(about.at.slice(0, 4)))
  let known: Known | null = null
  return (name) => {
    known ??= knownOf(about.sources())
    const subject = { keyed: about.keyed, moveDay: moveOf(about, shiftDays ?? 0), known }
    const cover = name === 'surrogate' && shiftDays !== null ? surrogateCover(words, subject) : placeholders
    const scrub = (text: string): Scrubbed => scrubber.scrub(text, known, cover)
    return answers === null ? scrub : withAnswers(scrub, answers, cover)
  }
}

/**
 * A day of a text moves as a day of the record does (values/shift.ts). Of a subject over 89 none does, for texts write years in two digits, and one would
 * tell the age (45 CFR 164.514(b)(2)(i)(C)); nor does a day of 90 years ago, whosever it was.
 */
function moveOf({ today, lifetime }: About, shiftDays: number): MoveDay {
  return (day) => {
    const isFarOff = day <= today - NINETY_YEARS || dayText(day) > lifetime.maxYear + END_OF_YEAR
    return lifetime.over90 || isFarOff || isTelling(day, today) ? null : day - shiftDays
  }
}

/** In days, with as few leap days as there can be. */
const NINETY_YEARS = 90 * 365 + 21

const END_OF_YEAR = '-12-31'

/** Takes the texts that would be scrubbed, and lets them be: for asking about them first. */
export function collecting(texts: Set<string>): ScrubWith {
  return () => (text) => {
    texts.add(text)
    return { text, findings: [] }
  }
}

/** What leaves in place of a text, or why nothing does. */
type Made = { readonly value: Value } | Refusal

type Scrub = (value: Value, scrubText: ScrubText) => Made

const BY_TYPE: ReadonlyMap<string, Scrub> = new Map<string, Scrub>([
  ['string', textOf],
  ['markdown', textOf],
  ['xhtml', divOf],
  ['Narrative', narrativeOf],
  ['Attachment', attachmentOf]
])

/** Datatypes the verb works on. */
export const SCRUBBED: ReadonlySet<string> = new Set(BY_TYPE.keys())

export function scrubOf({ type, path }: { readonly type: string; readonly path: string }, { cover = 'placeholder' }: Rule): Act {
  const scrub = BY_TYPE.get(type)
  return (value, context) => {
    if (context.scrub === null || scrub === undefined) return undefined
    const scrubText = context.scrub(cover)
    const listening = context.found?.listen(path, scrubText)
    const made = scrub(value, listening?.scrubText ?? scrubText)
    if (!isRefusal(made)) {
      listening?.keep()
      return made.value
    }
    const place = `${path} ${made}`
    context.refusedTexts.set(place, (context.refusedTexts.get(place) ?? 0) + 1)
    return undefined
  }
}

const NOTHING: Made = { value: undefined }

function textOf(value: Value, scrubText: ScrubText): Made {
  if (typeof value !== 'string') return NOTHING
  if (isTooLong(value)) return 'too-large'
  const made = scrubText(value)
  if (made === null) return 'unanswered'
  return made.text.trim() === '' ? NOTHING : { value: made.text }
}

function divOf(value: Value, scrubText: ScrubText): Made {
  if (typeof value !== 'string') return NOTHING
  const made = scrubNarrative(value, scrubText)
  return isRefusal(made) ? made : { value: made.text }
}

/** Without its div a narrative is none. */
function narrativeOf(value: Value, scrubText: ScrubText): Made {
  const { status, div } = membersOf(value) ?? {}
  const made = divOf(div, scrubText)
  if (isRefusal(made) || made.value === undefined) return made
  return { value: { status: typeof status === 'string' && STATUS.has(status) ? status : 'additional', div: made.value } }
}

/** narrative-status (R4 required binding). */
const STATUS: ReadonlySet<string> = new Set(['generated', 'extensions', 'additional', 'empty'])

/** Its title, address and dates are the sender's: only what it holds leaves, with a type, size and hash of its own. */
function attachmentOf(value: Value, scrubText: ScrubText): Made {
  const members = membersOf(value)
  const made = scrubAttachment(members?.['contentType'], members?.['data'], scrubText)
  if (isRefusal(made)) return made
  const { contentType, data, size, hash } = made
  return { value: { contentType, data, size, hash } }
}
