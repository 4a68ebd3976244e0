import { expect } from 'chai'
import { knownOf } from '../../../../gateway/core/scrub/known/known-of.ts'
import { scrub, scrubbed } from '../../../support/scrubbed.ts'

const KNOWN = knownOf([
  {
    resourceType: 'Patient',
    name: [{ family: "O'Quillfeather", given: ['Zanthippa', 'May'] }],
    birthDate: '1961-03-14',
    address: [{ line: ['12 Wexmoor Street Apt 3'], city: 'Quillborough', postalCode: '01234-5678' }],
    telecom: [
      { system: 'phone', value: '+1 (555) 010-4477' },
      { system: 'email', value: 'z.quill@example.org' }
    ],
    identifier: [{ value: 'ZX-44-8821', type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'MR' }] } }],
    contact: [{ name: { family: 'Young', given: ['Robert'] } }],
    generalPractitioner: [{ reference: 'Practitioner/7', display: 'Dr. Borogrove Toves' }]
  },
  {
    resourceType: 'Encounter',
    serviceProvider: { reference: 'urn:uuid:1', display: 'TULGEY WOOD CARE' },
    period: { start: '2021-11-05T08:00:00Z' }
  },
  { resourceType: 'Device', serialNumber: 'snark99182' },
  { resourceType: 'Practitioner', name: [{ text: 'Jubjub Bandersnatch, MD' }] },
  { resourceType: 'Practitioner', name: [{ family: 'de la Xruz', given: ['Jean-Luc', 'Bo'] }] },
  { resourceType: 'Practitioner', name: [{ family: 'de la Xruz', given: ['Jean-Luc'] }] }
])

const WRITTEN: readonly (readonly [how: string, text: string, masked: string])[] = [
  ['in lower case', 'told zanthippa that', 'told [NAME] that'],
  ['without its apostrophe', 'oquillfeather came', '[NAME] came'],
  ['with a typographic apostrophe', 'O’Quillfeather came', '[NAME] came'],
  ['as a possessive', "O'Quillfeather's knee", "[NAME]'s knee"],
  ['swapped, in capitals', "O'QUILLFEATHER, ZANTHIPPA M.", '[NAME], [NAME]'],
  ['with an initial', "Z. O'Quillfeather came", '[NAME] came'],
  ['as initials', 'so Z.O. was told, and Z.M.O. too', 'so [NAME] was told, and [NAME] too'],
  ['with a letter wrong', 'Zanthipqa came', '[NAME] came'],
  ['with a letter missing', 'Zanthipa came', '[NAME] came'],
  ['with a letter too many', 'Zanthipppa came', '[NAME] came'],
  ['with two letters exchanged', 'Znathippa came', '[NAME] came'],
  ['with a letter wrong, in lower case', 'zanthipqa came', '[NAME] came'],
  ['with digits for letters', 'for Zanth1ppa and B0rogr0ve', 'for [NAME] and [NAME]'],
  ['that is a plain word, in the name of a file', 'see Young_note.pdf', 'see [NAME]_note.pdf'],
  ['short, in lower case, doing what persons do', 'bo denies it', '[NAME] denies it'],
  ['with its particles joined', 'told delaxruz so', 'told [NAME] so'],
  ['as initials without particles', 'told JLX so', 'told [NAME] so'],
  ['within a name of an account', 'as zzanthippa or zanthippa7', 'as [NAME] or [NAME]'],
  ['cut at the end of a line', 'Zanthip-\npa came', '[NAME] came'],
  ['with characters nobody sees', 'Zan\u200bthip\u00adpa came', '[NAME] came'],
  ['by a nickname of a contact', 'spoke with Bobby today', 'spoke with [NAME] today'],
  ['by the display of a reference', 'seen with toves at noon', 'seen with [NAME] at noon'],
  ['by the text of a name', 'to Bandersnatch it seemed', 'to [NAME] it seemed']
]
/** What may stand beside a name or number without being part of it, by code point. */
const SIGNS = [...'•→✓☐\uf0b7™😀‹›「」²①×÷،\ufffc…©']

const VALUES: readonly (readonly [text: string, masked: string])[] = [
  ['born 14MAR1961', 'born [DATE]'],
  ['a note of 031461', 'a note of [DATE]'],
  ['came 3/14, went', 'came [DATE], went'],
  ['again 11/5', 'again [DATE]'],
  ['DOB 03/61, or 3/61', 'DOB [DATE], or [DATE]'],
  ['born 3-61', 'born [DATE]'],
  ['in Mar 61', 'in [DATE]'],
  ['came on 14.3. and on 5.11.', 'came on [DATE]. and on [DATE].'],
  ['on March fourteen', 'on [DATE]'],
  ['3 14 1961', '[DATE]'],
  ['Tulgey called', '[FACILITY] called'],
  ['12 wexmoor st., apt. 3', '[STREET]'],
  ['in quillborough', 'in [PLACE]'],
  ['the code 01234', 'the code [ZIP]'],
  ['on 555.010.4477 or 0104477', 'on [PHONE] or [PHONE]'],
  ['as zx 448821', 'as [MRN]'],
  ['device SNARK-99182', 'device [DEVICE]'],
  ['at Tulgey Wood Care', 'at [FACILITY]']
]

describe('core/scrub/known', () => {
  for (const [how, text, masked] of WRITTEN) it(`finds a known name ${how}`, () => expect(scrubbed(text, KNOWN)).to.equal(masked))
  for (const [text, masked] of VALUES) it(`finds a known value in "${text}"`, () => expect(scrubbed(text, KNOWN)).to.equal(masked))

  for (const sign of SIGNS)
    it(`finds a known name and number beside U+${sign.codePointAt(0)?.toString(16)}`, () => {
      const left = scrubbed(`so ${sign}Zanthippa${sign} and ${sign}O'Quillfeather${sign}`, KNOWN)
      expect(left).to.match(/^so \P{L}*\[NAME\]\P{L}* and \P{L}*\[NAME\]\P{L}*$/u)
      if (!/\p{N}/u.test(sign)) expect(scrubbed(`so ${sign}ZX448821${sign}`, KNOWN)).to.include('[MRN]')
    })

  for (const [text, masked] of [
    ['seen by ZQX today', 'seen by [NAME] today'],
    ['pt ZQX stable', 'pt [NAME] stable'],
    ['ZQX stable', '[NAME] stable'],
    ['seen by ZX', 'seen by [NAME]'],
    ['initials: ZX', 'initials: [NAME]'],
    ['J-L came', '[NAME] came'],
    ['ZX stable', 'ZX stable'],
    ['zqx', 'zqx'],
    ['CHF, A-P view', 'CHF, A-P view']
  ] as const)
    it(`initials without full stops: "${text}"`, () => {
      const known = knownOf([
        { name: [{ given: ['Zanthippa', 'Quen'], family: 'Xolter' }, { given: ['Jorlan-Lux'] }] },
        {
          name: [
            { given: ['Corla', 'Hexa'], family: 'Fenwixt' },
            { given: ['Axa'], family: 'Plorr' }
          ]
        }
      ])
      expect(scrubbed(text, known)).to.equal(masked)
    })

  it('names with digits or letters of other scripts: short ones too', () => {
    const known = knownOf([{ name: [{ family: '佐々木', given: ['Zoxie'] }] }])
    expect(scrubbed('told 佐々木 so, zoxie2 and 2zoxie', known)).to.equal('told [NAME] so, [NAME] and 2[NAME]')
    for (const text of ['zoxies', 'azoxie']) expect(scrubbed(text, known)).to.equal(text)
  })

  it('a known name that is a plain word counts where it is written as a name', () => {
    expect(scrubbed('A young man may go. Young men may. He saw Mr. Young and May today', KNOWN)).to.equal(
      'A young man may go. Young men may. He saw [NAME] and [NAME] today'
    )
  })

  it('a known name that is a usual word counts at the beginning of a sentence where it acts as a person', () => {
    const known = knownOf([
      {
        resourceType: 'Patient',
        name: [
          { given: ['Rose'], family: 'Stone' },
          { given: ['Will'], family: 'Long' }
        ]
      }
    ])
    expect(scrubbed("Rose saw him. Stone agrees. Long says hi. Will called. Stone's note.", known)).to.equal(
      "[NAME] saw him. [NAME] agrees. [NAME] says hi. [NAME] called. [NAME]'s note."
    )
    for (const text of ['Stone passed. Will follow. Long course. Rose to 103.', 'A stone was seen. The patient will rise.'])
      expect(scrubbed(text, known)).to.equal(text)
  })

  it('words of a facility’s name that tell only its kind are none by themselves', () => {
    const known = knownOf([{ resourceType: 'Organization', name: 'Parkinson Memorial Heart Clinic of Ohio' }])
    for (const text of ['Memorial service', 'Heart failure', 'from Ohio', 'Parkinson’s disease', 'Clinic visit'])
      expect(scrubbed(text, known)).to.equal(text)
  })

  for (const [text, masked] of [
    ['from glimmerhaven', 'from [FACILITY]'],
    ['lives at 12 wexmoor', 'lives at [STREET]'],
    ['a house on Wexmoor', 'a house on [STREET]'],
    ['by wexmoor', 'by [STREET]'],
    ['on 9 vexley', 'on [STREET]'],
    ['7 main complaints, the north side', '7 main complaints, the north side'],
    ['Street medicine, medical center, a lane', 'Street medicine, medical center, a lane']
  ] as const)
    it(`a facility or a street without its head, in lower case too: "${text}"`, () => {
      const known = knownOf([
        { address: [{ line: ['12 Wexmoor Street Apt 4'] }, { line: ['7 North Main Street'] }, { text: '9 Vexley Rd, Quillborough' }] },
        { resourceType: 'Organization', name: 'Glimmerhaven Medical Center' }
      ])
      expect(scrubbed(text, known)).to.equal(masked)
    })

  it('what may be a measure or a range is no day without a word before it', () => {
    for (const text of ['Hb 14.3', 'gave 3-14 of it', '3.14 mg', 'March winds']) expect(scrubbed(text, KNOWN)).to.equal(text)
  })

  it('without what is known, none of it is a finding by its rule', () => {
    for (const text of [...WRITTEN.map(([, text]) => text), ...VALUES.map(([text]) => text)])
      for (const { rule } of scrub(text).findings) expect(rule).not.to.match(/^known/)
  })

  it('a day and a month that are of no known date are kept', () => expect(scrubbed('gave 3/15 of it', KNOWN)).to.equal('gave 3/15 of it'))

  it('reads any JSON and refuses nothing', () => {
    for (const odd of [null, 3, 'x', [], [[[]]], { name: 3 }, { name: [null, { family: 3, given: 'x' }] }, { identifier: { value: {} } }])
      expect(scrubbed('nothing of it', knownOf([odd]))).to.equal('nothing of it')
  })
})
