import { expect } from 'chai'
import fc from 'fast-check'
import { createSurrogates } from '../../../../gateway/core/deidentify/values/surrogate.ts'
import { shiftedText } from '../../../../gateway/core/scrub/cover/shift-text.ts'
import { surrogateCover } from '../../../../gateway/core/scrub/cover/surrogates.ts'
import { createScrubber } from '../../../../gateway/core/scrub/scrubber.ts'
import { WORDS } from '../../../support/scrubbed.ts'

const back = (day: number): number => day - 100

/** Written, and 100 days earlier; null: it is covered whole. */
const SHIFTED: readonly (readonly [text: string, moved: string | null])[] = [
  ['2021-03-14', '2020-12-04'],
  ['2021-03-14T10:30:00Z', '2020-12-04 [TIME]'],
  // a local clock would tell summer from winter
  ['2021-03-14T10:30:00-05:00', '2020-12-04 [TIME]'],
  ['3/14/2021 at 10:30 PM EDT', '12/4/2020 [TIME]'],
  ['3/14/2021 at 1030', '12/4/2020 [TIME]'],
  ['3/14/2021', '12/4/2020'],
  ['03/14/21', '12/04/20'],
  ['14.03.2021', '04.12.2020'],
  ['March 14, 2021', 'December 4, 2020'],
  ['March 14th, 2021', 'December 4th, 2020'],
  ['MAR 14 2021', 'DEC 4 2020'],
  ["Mar. 14th '21", "Dec. 4th '20"],
  ['14 March 2021', '4 December 2020'],
  ['14-Mar-2021', '4-Dec-2020'],
  ['March 2021', 'December 2020'],
  ['3/2021', '12/2020'],
  ['3/14', '12/4'],
  // with a full stop the day stands first
  ['14.3', '4.12'],
  ['9.6', '1.3'],
  ['May 1st', 'January 21st'],
  ['Christmas 2021', null],
  ['last Friday', null],
  ['02/30/2021', null],
  ['03/14/2021 - 03/18/2021.', '12/04/2020 - 12/08/2020.'],
  ['2021-03-14 to March 20, 2021', '2020-12-04 to December 10, 2020'],
  // what stood behind a date that moved would tell by how much
  ['March 14 to March 18, 2021', null],
  ['March 14-18, 2021', null],
  ['3/14-3/16/2021', null],
  ['Nov 3/Nov 5 2021', null],
  ['Mar 14, 16 and 18, 2021', null],
  ['3/14/2021 (Sunday)', null],
  ['Sunday, March 14, 2021', null],
  ['3/14/2021 - 3/18/2021 at quxville', null],
  ['2021-03-14 zyxq quorra', null],
  ['2021-03-14 and 4 days', null],
  // days and ranges that everybody knows
  ['1/1/2021', null],
  ['December 31, 2021', null],
  ['4 July 2021', null],
  ['12/25', null],
  ['9/11/2001', null],
  ['9/11', null],
  ['March 1, 2021 to March 31, 2021', null],
  ['7/1/2021-6/30/2022', null],
  ['2020-02-01 - 2020-02-29', null],
  ['March 2021 to May 2021', null],
  ['01/01/2021 to 06/15/2021', null]
]

/** Far enough that neither year nor two digits of it come back: what stands in both is unmoved. */
const FAR_DAYS = 14_000
const far = (day: number): number => day - FAR_DAYS
const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December']
const FORMS: readonly ((date: Date) => string)[] = [
  (date) => date.toISOString().slice(0, 10),
  (date) => `${date.getUTCMonth() + 1}/${date.getUTCDate()}/${date.getUTCFullYear()}`,
  (date) => `${MONTHS[date.getUTCMonth()]} ${date.getUTCDate()}, ${date.getUTCFullYear()}`,
  (date) => `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`,
  (date) => `${date.getUTCDate()}-${MONTHS[date.getUTCMonth()]?.slice(0, 3)}-${date.getUTCFullYear()}`
]
const dates = fc.integer({ min: 0, max: 6000 }).map((days) => new Date(Date.UTC(2009, 0, 1 + days)))
const written = fc.tuple(dates, fc.constantFrom(...FORMS))
const joints = fc.constantFrom('-', ' - ', ' to ', ' through ', ', ', ' and ', ' ', ' (', '; ', ' at ')
const tails = fc.oneof(
  fc.constantFrom('', '.', ' 10:30 PM EDT', ' at 2230', 'T22:30:00Z', ' (Sunday)', '-18', ' and 16', ', 3/18', ' Smith 4477', ' - 3/18'),
  fc.tuple(joints, written).map(([joint, [date, form]]) => joint + form(date))
)
const DAY_MS = 86_400_000

describe('core/scrub/shift-text', () => {
  for (const [text, made] of SHIFTED)
    it(`"${text}" moved back by 100 days is ${made === null ? 'refused' : `"${made}"`}`, () =>
      expect(shiftedText(text, back)).to.equal(made))

  it('of a finding nothing stands but days that were moved: not a digit, not the name of a month', () => {
    const scrubber = createScrubber(WORDS, { keep: new Set(), year: 2026 })
    const cover = surrogateCover(WORDS, { keyed: createSurrogates(Buffer.alloc(32, 1)).keyed, moveDay: far, known: null })
    let whole = 0
    fc.assert(
      fc.property(written, tails, tails, ([date, form], one, two) => {
        const text = `Seen ${form(date)}${one}${two}`
        for (const { class: name, start, end, replacement } of scrubber.scrub(text, null, cover).findings) {
          // a month with its year, left where an odd join took the day, moves as one
          if (name !== 'DATE' || replacement === '[DATE]' || /^[A-Z][a-z]+ \d{4}$/.test(text.slice(start, end))) continue
          whole++
          const days = daysIn(text.slice(start, end))
          expect(
            daysIn(replacement).every((day) => days.includes(day + FAR_DAYS)),
            text
          ).to.equal(true)
          expect(replacement.replaceAll(DATE, ''), text).not.to.match(
            /\d|January|February|March|April|May|June|July|August|September|October|November|December/
          )
        }
      }),
      { numRuns: 3000 }
    )
    expect(whole).to.be.above(1000)
  })
})

const DATE =
  /(?<!\d)(?:(?<iso>\d{4}-\d\d-\d\d)|(?<one>\d{1,2})\/(?<two>\d{1,2})\/(?<year>\d{4})|(?<named>[A-Z][a-z]{2,8} \d{1,2}, \d{4}|\d{1,2}[- ][A-Z][a-z]{2,8}[- ]\d{4}))(?!\d)/g

/** Every whole date in a text, as days since 1970-01-01: read by no code of ours. */
function daysIn(text: string): number[] {
  return [...text.matchAll(DATE)].map(({ groups = {} }) => {
    const { iso, one, two, year, named } = groups
    return (
      Date.parse(`${iso ?? named ?? `${year}-${one?.padStart(2, '0')}-${two?.padStart(2, '0')}`}${(iso ?? year) ? '' : ' UTC'}`) / DAY_MS
    )
  })
}
