import { expect } from 'chai'
import { scrubbed } from '../../../support/scrubbed.ts'

/** Doses, vital signs and values of laboratories behind words that are labels elsewhere. */
const MEASURED = [
  'Plan: 1000 mg vancomycin IV q12h',
  'Plan: 2000 units vitamin D daily',
  'Patient: 145/90 today',
  'patient 98.6 F HR 110',
  'Order 1000 ml LR',
  'order: 5000 units heparin SQ',
  'transfused 1 unit 350 ml',
  'unit 500 ml over 4h',
  'WBC 12000 (ref 4500-11000)',
  'Ref: 135-145 mmol',
  'Reference: 4000-11000',
  'glucose mg/dL: 110-140',
  'glucose 250 mg/dL 110-140',
  'Home: 150/90 145/85 140/80',
  'office 150/90 148/88',
  'work 100 20 300',
  'HIV RNA 1254321 copies/mL',
  'hCG 12345678 mIU',
  'Insulin 10-12-14 units with meals',
  'Lantus 10/12/14',
  'Insulin 12/10/20 units',
  'warfarin 5/5/10 mg',
  'GCS 4-5-15',
  'Apgar 6/8/10',
  'hospital: 98.6',
  'group 1000 mg',
  'Coverage: 1500 mg',
  'record 5000 steps',
  'study 2000 mg',
  'visit 1200 kcal diet',
  'chart 120/80/99',
  'tag 100mg',
  'MR 200 mg metoprolol'
]
/** The same words, and numbers of persons. */
const NUMBERED: readonly (readonly [text: string, masked: string])[] = [
  ['Plan # 10004477', 'Plan [ACCOUNT]'],
  ['plan HP-4477', 'plan [ACCOUNT]'],
  ['patient number 12345', 'patient number [MRN]'],
  ['patient 1234567', 'patient [MRN]'],
  ['unit no. 12345', 'unit no. [MRN]'],
  ['order 2021-00417', 'order [ID]'],
  ['home 617-555-0199', 'home [PHONE]'],
  ['work: 555-0199', 'work: [PHONE]'],
  ['office (617) 555-0199 days', 'office [PHONE] days'],
  ['MRN 12345 CC: chest pain', 'MRN [MRN] CC: chest pain'],
  ['MRN 1234567 MG crisis', 'MRN [MRN] MG crisis'],
  ['MRN 12345 L knee', 'MRN [MRN] L knee'],
  ['DL 44771188', 'DL [LICENCE]'],
  ['device serial 44771', 'device serial [DEVICE]'],
  ['ref 1234-5678', 'ref [ID]']
]

describe('core/scrub/patterns/measures', () => {
  for (const text of MEASURED) it(`a measure is no number of a person: keeps "${text}"`, () => expect(scrubbed(text)).to.equal(text))

  for (const [text, masked] of NUMBERED)
    it(`45 CFR 164.514(b)(2)(i)(R): behind the same words a number is found: "${text}"`, () => expect(scrubbed(text)).to.equal(masked))
})
