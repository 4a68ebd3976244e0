import { expect } from 'chai'
import { createSurrogates } from '../../../../gateway/core/deidentify/values/surrogate.ts'
import { surrogateCover } from '../../../../gateway/core/scrub/cover/surrogates.ts'
import type { Known } from '../../../../gateway/core/scrub/known/known.ts'
import { knownOf } from '../../../../gateway/core/scrub/known/known-of.ts'
import { withAnswers } from '../../../../gateway/core/scrub/outside.ts'
import { createScrubber } from '../../../../gateway/core/scrub/scrubber.ts'
import { WORDS } from '../../../support/scrubbed.ts'

const back = (day: number): number => day - 100
const scrubber = createScrubber(WORDS, { keep: new Set(['TIME']), year: 2026 })
const coverOf = (byte: number, known: Known | null = null) =>
  surrogateCover(WORDS, { keyed: createSurrogates(Buffer.alloc(32, byte)).keyed, moveDay: back, known })
const scrubbed = (text: string, byte = 1): string => scrubber.scrub(text, null, coverOf(byte)).text

describe('core/scrub/surrogates', () => {
  it('the same name gets the same one, by its parts, under one secret; another under another', () => {
    const [full = '', again = ''] = scrubbed('Mary Johnson came with Dr. Johnson').split(' came with ')
    expect(full).to.match(/^[A-Z][a-z]+ [A-Z][a-z]+$/)
    expect(again).to.equal(`Dr. ${full.split(' ')[1]}`)
    expect(full).not.to.match(/Mary|Johnson/)
    expect(scrubbed('Mary Johnson', 2)).not.to.equal(full)
  })

  it('a nickname is the formal name, and capitals stay capitals', () => {
    const [one = '', other = ''] = scrubbed('Robert Johnson, and BOB JOHNSON').split(', and ')
    expect(other).to.equal(one.toUpperCase())
  })

  it('numbers keep their form and nothing else; telephone numbers are those set aside for fiction', () => {
    const made = scrubbed('MRN: S-987654, SSN 123-45-6789, call (555) 010-4477')
    expect(made).to.match(/^MRN: [A-Z]-\d{6}, SSN 000-\d\d-\d{4}, call \(\d{3}\) 555-01\d\d$/)
    expect(made).not.to.match(/987654|45-6789|4477/)
  })

  it('a number gets the same one however its label is written', () => {
    const [one, ...others] = scrubbed('mrn#445566; MRN 445566; MRN: 445566; mrn #445566').match(/\d{6}/g) ?? []
    expect(others).to.deep.equal([one, one, one])
    expect(scrubbed('mrn#445566')).to.match(/^mrn#(?!445566)\d{6}$/)
  })

  it('mail and network addresses are those that belong to nobody (RFC 2606, RFC 5737)', () => {
    expect(scrubbed('a.sampleton@example.com from 198.51.100.7')).to.match(/^person-[0-9a-f]{8}@example\.org from 192\.0\.2\.\d{1,3}$/)
  })

  it('what is longer than any number is gets its class in brackets: to invent a megabyte took time in its square', () => {
    const cover = coverOf(1)
    for (const found of ['MRN', 'PHONE', 'NAME', 'FACILITY'] as const)
      expect(cover({ class: found, folded: 'a1'.repeat(1 << 19), rule: 'mrn', told: [] })).to.equal(`[${found}]`)
    expect(scrubbed('a1'.repeat(1 << 19))).to.equal('[ID]')
  })

  it('what has no safe stand-in gets its class in brackets', () => {
    expect(scrubbed('a 93-year-old, last Friday')).to.equal('a [AGE], [DATE]')
  })

  it('a day that may not be moved gets its class in brackets', () => {
    const cover = surrogateCover(WORDS, { keyed: createSurrogates(Buffer.alloc(32, 1)).keyed, moveDay: () => null, known: null })
    expect(scrubber.scrub('Seen 3/14/2021 and in March 2021.', null, cover).text).to.equal('Seen [DATE] and in [DATE].')
  })

  it('a number that may be a dose gets its class in brackets, never another number; one of the records or with a sure label another', () => {
    expect(scrubbed('record 12500, lot 4477, ref 9911, platelets 1234567')).to.equal('record [MRN], lot [DEVICE], ref [ID], platelets [ID]')
    expect(scrubbed('cell 12000 34')).to.equal('cell [PHONE]')
    expect(scrubbed('cell 617-555-0199')).to.match(/^cell \d{3}-555-01\d\d$/)
  })

  it('45 CFR 164.514(b)(2)(i)(C): a day of birth of somebody else does not move; that of the subject, whose records are known, does', () => {
    expect(scrubbed('Mother DOB 3/14/1962, a boy born on 3/14/2021, 3/14/1962 (her birthday)')).to.equal(
      'Mother DOB [DATE], a boy born on [DATE], [DATE] (her birthday)'
    )
    const own = knownOf([{ resourceType: 'Patient', birthDate: '1962-03-14' }])
    expect(scrubber.scrub('DOB 3/14/1962', own, coverOf(1, own)).text).to.equal('DOB 12/4/1961')
  })

  it('dates of a text keep the days between them', () => {
    expect(scrubbed('from 2021-03-14 to 2021-03-20')).to.equal('from 2020-12-04 to 2020-12-10')
  })

  describe('what the records know', () => {
    const known = knownOf([
      {
        resourceType: 'Patient',
        name: [{ family: 'Vandermoor', given: ['Katherine', 'Thaddeus'] }],
        telecom: [{ system: 'phone', value: '+1 (617) 555-0199' }],
        address: [{ line: ['14 Wexmoor Street'], city: 'Springfield' }],
        contact: [{ name: { family: 'Young', given: ['Robert'] } }]
      },
      { resourceType: 'Organization', name: 'Hollowbrook Clinic' }
    ])
    const covered = (text: string, byte = 1): string => scrubber.scrub(text, known, coverOf(byte, known)).text
    const BYTES = Array.from({ length: 60 }, (_, byte) => byte)

    for (const [name, writings] of [
      [
        'Katherine',
        ['katherine', 'Katherin', 'Katharine', 'Kathy', 'Kathe-\nrine', 'K a t h e r i n e', 'K-a-t-h-e-r-i-n-e', 'K.a.t.h.e.r.i.n.e']
      ],
      ['Vandermoor', ['van der moor', 'Vandermor', 'V a n d e r m o o r', 'V A N D E R M O O R']],
      ['Thaddeus', ['Thad', 'THADDEUS', 'T.h.a.d.d.e.u.s']],
      ['Robert', ['Bob', 'B o b b y']]
    ] as const)
      for (const text of writings)
        it(`${JSON.stringify(text)} gets the fake of ${name}: a letter has none of its own`, () =>
          expect(covered(text).toLowerCase()).to.equal(covered(name).toLowerCase()))

    it('two names letter by letter are two fakes, of another length and with no letter for a letter', () => {
      expect(covered('K a t h e r i n e V a n d e r m o o r')).to.equal(covered('Katherine Vandermoor'))
      expect(covered('K A T H E R I N E  V A N D E R M O O R')).to.equal(covered('KATHERINE  VANDERMOOR'))
    })

    it('letters by themselves that nobody is known by are one name, too', () =>
      expect(name('Dr. Q u i l l f e a t h e r')).to.match(/^Dr\. [A-Z][a-z]+$/))

    it('initials are those of the fakes, and never the ones they stand for', () => {
      for (const byte of BYTES) {
        const [first = '', last = ''] = covered('Katherine Vandermoor', byte).split(' ')
        expect(covered('so K.V. came', byte)).to.equal(`so ${first[0]}.${last[0]}. came`)
        expect(covered('K. Vandermoor', byte)).to.equal(`${first[0]}. ${last}`)
        expect(covered('K.V.', byte)).not.to.match(/^K|V\.$/)
      }
    })

    it('a fake is no name of the records, nor the one it stands for', () => {
      for (const byte of BYTES)
        expect(covered('Katherine Thaddeus Vandermoor, Robert Young', byte)).not.to.match(
          /\b(?:Katherine|Cathy|Thaddeus|Thad|Vandermoor|Robert|Bob|Rob|Young)\b/
        )
      for (const byte of BYTES) expect(covered('Room 4', byte)).not.to.equal('Room 4')
    })

    it('a telephone number in any writing gets one', () => {
      const number = covered('617-555-0199')
      const digits = (text: string): string => text.replaceAll(/\D/g, '')
      for (const text of ['617 555 0199', '(617) 555-0199', '617.555.0199']) expect(digits(covered(text))).to.equal(digits(number))
      expect(digits(covered('+1 (617) 555-0199'))).to.equal(`1${digits(number)}`)
      expect(digits(covered('call 555-0199'))).to.equal(digits(number).slice(-7))
      expect(covered('617-555-0199 x12')).to.match(new RegExp(`^${number} x\\d\\d$`))
    })

    it('an address in short and long form gets one, and an organisation by a part of its name', () => {
      expect(covered('14 wexmoor st')).to.equal(covered('14 Wexmoor Street'))
      expect(covered('Hollowbrook called')).to.match(/^[A-Z].+ Hospital called$/)
      expect(covered('Hollowbrook Clinic').split(' ')[0]).to.equal(covered('Hollowbrook').split(' ')[0])
    })
  })

  describe('a name as an outside recogniser may claim it', () => {
    const BYTES = Array.from({ length: 40 }, (_, byte) => byte)

    for (const text of ['Van Do', 'VAN DO', 'De La', 'Do', 'Pa Van', 'Jr', 'Del Von', 'Dr. Van Do', 'Kim Do'])
      it(`"${text}" keeps no word of it that may be a name`, () => {
        for (const byte of BYTES)
          for (const word of text.replace('Dr. ', '').split(' '))
            expect(name(text, byte).toLowerCase().split(/\W+/)).not.to.include(word.toLowerCase())
      })

    it('a text leaves without the words and numbers of its claims', () => {
      const text = 'so Van Do 4477 came'
      const cover = coverOf(1)
      const claims = new Map([[text, [{ start: 3, end: 14, class: 'NAME' as const }]]])
      const made = withAnswers((each) => scrubber.scrub(each, null, cover), claims, cover)(text)?.text
      expect(made).to.match(/^so [A-Z][a-z]+ [A-Z][a-z]+ \d{4} came$/)
      expect(made).not.to.match(/Van|Do|4477/)
    })

    it('titles, particles and degrees stand where they can be nothing else', () => {
      expect(name('Dr. Maria van der Toves, MD')).to.match(/^Dr\. [A-Z][a-z]+ van [a-z]+ [A-Z][a-z]+, MD$/)
      expect(name('Maria De La Cruz Jr., DO')).to.match(/^[A-Z][a-z]+ De La [A-Z][a-z]+ Jr\., DO$/)
    })

    it('what would come out as it stood gets its class in brackets: words that are all title or particle, a month not left', () => {
      for (const text of ['de la', 'Dr.', 'Mr. Dr.', 'RN', '...']) expect(name(text)).to.equal('[NAME]')
      const near = surrogateCover(WORDS, { keyed: createSurrogates(Buffer.alloc(32, 1)).keyed, moveDay: (day) => day - 3, known: null })
      expect(near({ class: 'DATE', rule: 'outside', folded: 'March 2021', told: [] })).to.equal('[DATE]')
    })

    it('numbers in it are other numbers, of any script', () => {
      for (const text of ['Toves 4477', '4477', 'Toves-4477-X', '12 Toves 4477', 'Toves, 4477 8821', '٤٤٧٧', 'Toves ٤٤٧٧', '4477Toves'])
        for (const byte of BYTES) expect(name(text, byte)).not.to.match(/4477|٤|Toves/)
    })

    it('letters and digits of any script in a number are others', () => {
      const cover = coverOf(1)
      for (const folded of ['Ж-77', '٤٤-77', 'Ж']) expect(cover({ class: 'MRN', rule: 'mrn', folded, told: [] })).not.to.match(/Ж|٤|77/)
    })
  })

  function name(text: string, byte = 1): string {
    return coverOf(byte)({ class: 'NAME', rule: 'outside', folded: text, told: [] })
  }
})
