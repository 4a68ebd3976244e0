import { expect } from 'chai'
import { placeholders } from '../../../gateway/core/scrub/cover/cover.ts'
import { createScrubber } from '../../../gateway/core/scrub/scrubber.ts'
import { scrub, scrubbed, WORDS } from '../../support/scrubbed.ts'

const DATES = [
  '03/14/2021',
  '3-14-21',
  '14.03.2021',
  '2021-03-14',
  '2021-03-14T10:30:00Z',
  '2021/3/14',
  'March 14, 2021',
  'March 14th 2021',
  'Mar. 14, 2021',
  "Mar 14th '21",
  '14 March 2021',
  '14th of March, 2021',
  '14-Mar-2021',
  'the 14th day of March 2021',
  'March 14',
  'March 2021',
  'March 14-16, 2021',
  'nine June twenty twenty-one',
  'twenty-one March',
  'June nine, twenty twenty-one',
  '2021 March 14',
  '2021-Mar-14',
  'March twenty-first, twenty twenty-one',
  'the third of March',
  '03/2021',
  '14MAR2021',
  'Christmas Eve 2021',
  'spring of 2021',
  'last Friday',
  "3rd of March '62",
  '3 Mar 62',
  'Mar-2021',
  '2021-W09-4',
  'week 9 of 2021',
  'Q3 FY2021',
  'FY21 Q3',
  '3Q21',
  '2021年3月4日',
  '4 de marzo de 2021',
  "Mother's Day",
  'Diwali',
  'Good Friday',
  '3 Mar, 2021'
]
const AGES = [
  '93-year-old',
  '93 y.o.',
  '93yo',
  'ninety-one-year-old',
  '102 years old',
  '91-y-o',
  'ninety one yo',
  '91 1/2 years old',
  '91½ years old',
  '1092 months old',
  '33580 days old',
  '93/M'
]
/** What tells an age over 89, and what of it goes. */
const OLD: readonly (readonly [text: string, masked: string])[] = [
  ['b. 1931', 'b. [AGE]'],
  ['DOB 1931', 'DOB [AGE]'],
  ["born in '31", 'born in [AGE]'],
  ['born nineteen thirty one', 'born [AGE]'],
  ['her 95th birthday', 'her [AGE]'],
  ['her ninetieth birthday', 'her [AGE]'],
  ['age >90', 'age [AGE]'],
  ['Age/Sex: 93/F', 'Age/Sex: [AGE]/F'],
  ['a supercentenarian', 'a [AGE]']
]
const TIMES = [
  '10:30 AM',
  '1030 hrs',
  "10 o'clock",
  "three o'clock",
  'half past ten',
  '22h30',
  '3 pm EDT',
  'three pm EDT',
  'half past three EST',
  "three o'clock Pacific Time",
  '3 p.m. ET',
  'noon EST',
  '1500 hours Eastern time'
]

const NUMBERS: readonly (readonly [text: string, masked: string])[] = [
  ['MRN: S-987654', 'MRN: [MRN]'],
  ['med rec #: JH-12345', 'med rec #: [MRN]'],
  ['medical record number is 0012345', 'medical record number is [MRN]'],
  ['SSN 123-45-6789', 'SSN [SSN]'],
  ['SSN: xxx-xx-6789', 'SSN: [SSN]'],
  ['last four of SSN 6789', 'last four of SSN [SSN]'],
  ['call (555) 010-4477 x12', 'call [PHONE]'],
  ['phone 555.010.4477', 'phone [PHONE]'],
  ['fax: 555-010-4477', 'fax: [FAX]'],
  ['pager 44771', 'pager [PAGER]'],
  ['insurance ID HP-1234-5678', 'insurance ID [ACCOUNT]'],
  ['account no. 4477-1188', 'account no. [ACCOUNT]'],
  ['card 4111 1111 1111 1111', 'card [ACCOUNT]'],
  ['license number D1234567', 'license number [LICENCE]'],
  ['plate 7ABC123', 'plate [PLATE]'],
  ['VIN 1M8GDM9AXKP042788', 'VIN [VIN]'],
  ['drives 1M8GDM9AXKP042788', 'drives [VIN]'],
  ['serial number SN-99812-X', 'serial number [DEVICE]'],
  ['mail a.sampleton@example.org', 'mail [EMAIL]'],
  ['see https://example.org/p?id=1 now', 'see [URL] now'],
  ['from 192.0.2.17 today', 'from [IP] today'],
  ['room 412B', 'room [ROOM]'],
  ['ZIP 02139-1234', 'ZIP [ZIP]'],
  ['at 40.71280, -74.00600', 'at [COORDINATES]'],
  ['lat 42.3601, -71.0589', 'lat [COORDINATES]'],
  ['lat: 42.3601, lon: -71.0589', 'lat: [COORDINATES], lon: [COORDINATES]'],
  ['SSN\ufffd123\ufffd45\ufffd6789', 'SSN\ufffd[SSN]'],
  ['123\ufffd45\ufffd6789', '[SSN]'],
  ['617\ufffd555\ufffd0134', '[PHONE]'],
  ['case 2021-00417', 'case [ID]'],
  ['ref SG-920311', 'ref [ID]'],
  ['(PX12345678)', '([ID])'],
  ['from 3/2020-5/2021', 'from [DATE]'],
  ['DOB 3 3 62', 'DOB [DATE]'],
  ['date of birth march third nineteen sixty two', 'date of birth [DATE]'],
  ['call 1-800-FLOWERS', 'call [PHONE]'],
  ['reach 555-0100 now', 'reach [PHONE] now'],
  ['dial five five five zero one zero four', 'dial [PHONE]'],
  ['SSN ***-**-6789', 'SSN [SSN]'],
  ['SSN ends with 6789', 'SSN ends with [SSN]'],
  ['SSN last-4 6789', 'SSN last-4 [SSN]'],
  ['seen, ***-**-6789', 'seen, [SSN]'],
  ['Plate # ABC1234', 'Plate # [PLATE]'],
  ['License plate: 7 ABC 123', 'License plate: [PLATE]'],
  ['Hosp # 12345', 'Hosp [MRN]'],
  ['hospital number 12345, unit no. 12345', 'hospital number [MRN], unit no. [MRN]'],
  ['room four, ward 7, Unit 3B, bed B', 'room [ROOM], ward [ROOM], Unit [ROOM], bed [ROOM]'],
  ['skype: jsample', 'skype: [ID]'],
  ['write to mary.sample at example.com', 'write to [EMAIL]'],
  ['jsample at gmail.com', '[EMAIL]'],
  ['john dot sample at gmail dot com', '[EMAIL]'],
  ['last 4 of social 6789', 'last 4 of social [SSN]'],
  ['card ending in 4477', 'card ending in [ACCOUNT]'],
  ['UDI (01)00643169007222(17)160712(21)A123B', 'UDI [DEVICE]'],
  ['DEA BJ1234563', 'DEA [LICENCE]'],
  ['NPI: 1234567893', 'NPI: [ID]'],
  ['Room/Bed: 412/B', 'Room/Bed: [ROOM]'],
  ['mary at example dot com', '[EMAIL]'],
  ['username: quill_f77', 'username: [ID]'],
  ['from fe80::1ff:fe23:4567:890a', 'from [IP]'],
  ['mac 001A.2B3C.4D5E', 'mac [DEVICE]'],
  ['at 40.7128N 74.0060W', 'at [COORDINATES]'],
  ['P.O. Box 123', '[STREET]'],
  ['SmFuZSBEb2UgaGFkIGEgdmlzaXQgb24gMTkyMS0wMy0wNA==', '[ID]'],
  ['=?UTF-8?B?SmFuZSBEb2U=?=', '[ID]']
]
const KEPT = [
  'pH 7.35/45/80, ABG pH 7.42/38/95',
  'Take 5-10-15 mg daily, 10-20-30 mmHg, score 10.12.14',
  'in bed one day, a room for two, ward of two, 3 units, unit 3 of it, plate 3 of 50',
  "born in '61",
  'in 2021',
  'diagnosed in 2019, 2020-2021',
  'a 72-year-old female',
  'aged 89',
  'strength 5/5, a 2/6 murmur, BP 120/80',
  'pain fell from 7/10 to 5/10',
  'may take 2 tablets, 1/2 in the morning',
  'HbA1c of 10.2, CD4 350, T10, vitamin B12, COVID-19, ICD-10 E11.9',
  'SNOMED 44054006, RxNorm 314076, LOINC 4548-4, NCT01234567',
  'platelets 250000, WBC 7.2, 1,500,000 copies',
  'HR in the 90s for 95 minutes',
  'version 2.5.1',
  '500-1000 mg every 4-6 hours',
  'room air, 95% saturated',
  'phenytoin 100-100-200',
  "St. John's wort",
  "St. John's-wort",
  'Plan.\nDix-Hallpike to the left',
  'Dix-Hallpike; Kernig',
  'March in place exercises, may recur',
  'born in 1958',
  'may 5 mg be given, march 3 times',
  'one two three four steps',
  '500-1000 mL, 100-1500 steps',
  'aged 24 months, 95 days, 1200 weeks of data',
  'quarter to half, two oh two',
  'week 9 of 12, 26 weeks',
  'mother and father, a good new one'
]

describe('core/scrub/patterns', () => {
  for (const date of DATES)
    it(`45 CFR 164.514(b)(2)(i)(C): a date is found written as "${date}"`, () => {
      expect(scrubbed(`it was ${date}, and she came`)).to.match(/^it was (?:the )?\[DATE\], and she came$/)
    })

  for (const age of AGES)
    it(`45 CFR 164.514(b)(2)(i)(C): an age over 89 is found written as "${age}"`, () => {
      expect(scrubbed(`is a ${age} man`)).to.equal('is a [AGE] man')
    })

  for (const [text, masked] of OLD)
    it(`45 CFR 164.514(b)(2)(i)(C): what tells an age over 89 goes: "${masked}"`, () => expect(scrubbed(text)).to.equal(masked))

  it('45 CFR 164.514(b)(2)(i)(C): a year of birth that tells an age over 89 goes', () => {
    expect(scrubbed('born in 1931 in the country')).to.equal('born in [AGE] in the country')
  })

  for (const [text, masked] of NUMBERS) it(`finds what "${masked}" stands for`, () => expect(scrubbed(text)).to.equal(masked))

  for (const text of KEPT) it(`keeps "${text}"`, () => expect(scrubbed(text)).to.equal(text))

  it('a class that policy keeps is left: times of day', () => {
    expect(scrubbed('at 10:30 AM')).to.equal('at 10:30 AM')
  })

  for (const time of TIMES)
    it(`times of day go where policy does not keep them: "${time}"`, () => {
      const strict = createScrubber(WORDS, { keep: new Set(), year: 2026 })
      expect(strict.scrub(`seen ${time} today`, null, placeholders).text).to.equal('seen [TIME] today')
    })

  it('tells offsets, class and rule of each finding, and no text', () => {
    expect(scrub('call 555-010-4477 now').findings).to.deep.equal([
      { start: 5, end: 17, class: 'PHONE', rule: 'phone-label', replacement: '[PHONE]' }
    ])
  })
})
