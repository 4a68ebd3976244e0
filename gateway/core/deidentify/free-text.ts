/**
 * The verb scrub: text with its identifiers covered, by what the subject's own records tell and by the rules of core/scrub. Removes what is no text,
 * what an attachment may not hold, and everything where no dictionaries were given.
 */
import { scrubAttachment } from '../scrub/attachments/attachment.ts'
import { isRefusal } from '../scrub/attachments/refusal.ts'
import { scrubNarrative } from '../scrub/attachments/xhtml.ts'
import { placeholders } from '../scrub/cover/cover.ts'
import { type SubjectCover, surrogateCover } from '../scrub/cover/surrogates.ts'
import { knownOf } from '../scrub/known/known-of.ts'
import type { ScrubText, ScrubWith } from '../scrub/outside.ts'
import { createScrubber, type Scrubber } from '../scrub/scrubber.ts'
import type { Words } from '../scrub/words/words.ts'
import type { RecordProfile, Rule } from './profile/profile.ts'
import type { Act } from './values/hierarchies.ts'
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

/** What is known of whom the texts are about; without a shift there is no subject, and nothing is invented for it. */
interface About {
  readonly at: string
  readonly sources: readonly unknown[]
  readonly keyed: SubjectCover['keyed']
  readonly shiftDays: number | null
}

/** For one subject. Its records are read when the first text comes. */
export function subjectScrub({ words, scrubberOf }: Scrubbing, about: About): ScrubWith {
  const { keyed, shiftDays } = about
  const scrubber = scrubberOf(Number(about.at.slice(0, 4)))
  const invented = shiftDays === null ? placeholders : surrogateCover(words, { keyed, shiftDays })
  let known: ReturnType<typeof knownOf> | null = null
  return (cover) => (text) => {
    known ??= knownOf(about.sources)
    return scrubber.scrub(text, known, cover === 'surrogate' ? invented : placeholders)
  }
}

type Scrub = (value: Value, scrubText: ScrubText) => Value

const BY_TYPE: ReadonlyMap<string, Scrub> = new Map<string, Scrub>([
  ['string', textOf],
  ['markdown', textOf],
  ['xhtml', narrativeOf],
  ['Attachment', attachmentOf]
])

/** Datatypes the verb works on. */
export const SCRUBBED: ReadonlySet<string> = new Set(BY_TYPE.keys())

export function scrubOf(type: string, { cover = 'placeholder' }: Rule): Act {
  const scrub = BY_TYPE.get(type)
  return (value, context) => (context.scrub === null ? undefined : scrub?.(value, context.scrub(cover)))
}

function textOf(value: Value, scrubText: ScrubText): Value {
  if (typeof value !== 'string') return undefined
  const made = scrubText(value)
  return made === null || made.text.trim() === '' ? undefined : made.text
}

function narrativeOf(value: Value, scrubText: ScrubText): Value {
  if (typeof value !== 'string') return undefined
  const made = scrubNarrative(value, scrubText)
  return isRefusal(made) ? undefined : made.text
}

/** Its title, address and dates are the sender's: only what it holds leaves, with a type, size and hash of its own. */
function attachmentOf(value: Value, scrubText: ScrubText): Value {
  const members = membersOf(value)
  const made = scrubAttachment(members?.['contentType'], members?.['data'], scrubText)
  if (isRefusal(made)) return undefined
  const { contentType, data, size, hash } = made
  return { contentType, data, size, hash }
}
