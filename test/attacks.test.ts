/**
 * The table of attacks on agreements: what is tried, the stage that refuses it (a file of gateway/), the code it answers and the tests that show it. A row fails when its
 * code is none, its stage is gone or never refuses by it, or a test named here is gone, skipped or no longer about it.
 */
import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { CODES } from '../gateway/core/errors.ts'

/** A fault: it does not load, nor is it approved. Left out: nothing is refused, the element is just not there. */
type Answer = keyof typeof CODES | 'a fault' | 'left out'

interface Row {
  readonly attack: string
  /** that part of it which the row is about */
  readonly by: string
  readonly stage: string
  readonly code: Answer
  /** a file of test/, and words of its source: a test's name, or the row it is made from */
  readonly shown: readonly (readonly [file: string, words: string])[]
}

const APPROVAL = 'core/agreement/approval.ts'
const LIFE_TEST = 'exchange/agreements.test.ts'
const APPROVAL_TEST = 'core/agreement/approval.test.ts'
const REACHED = 'core/deidentify/reached.test.ts'

/** The list of attacks that must be refused. */
const ATTACKS: readonly string[] = [
  'self-approval',
  'replayed approval',
  'approval of another hash',
  'edited approved version',
  'back-dated expiry',
  'clock skew',
  'roster swapped in mid-job',
  'opt-out added in mid-job',
  'purpose not granted',
  'element reached through contained',
  'element reached through an extension',
  'element reached through a Bundle',
  'element reached through _elements',
  'probing by counts',
  'a phase that starts in mid-submission',
  'time-zone edges of dates'
]

const TABLE: readonly Row[] = [
  {
    attack: 'self-approval',
    by: 'the same key, or the same person with another key',
    stage: APPROVAL,
    code: 'self-approval',
    shown: [
      [APPROVAL_TEST, 'nobody approves what he or she proposed: the same key'],
      [APPROVAL_TEST, 'nobody approves what he or she proposed: the same person with another key, spelt otherwise'],
      [LIFE_TEST, 'the proposer as source, by the same name']
    ]
  },
  {
    attack: 'replayed approval',
    by: 'the same words again',
    stage: APPROVAL,
    code: 'approval-replayed',
    shown: [
      [APPROVAL_TEST, 'an approval again'],
      [LIFE_TEST, 'the attacks, each refused by name, and none of them leaves anything']
    ]
  },
  {
    attack: 'approval of another hash',
    by: 'words signed for another text',
    stage: APPROVAL,
    code: 'approval-of-another',
    shown: [
      [APPROVAL_TEST, 'an approval of another hash'],
      [LIFE_TEST, "['another hash', said("]
    ]
  },
  {
    attack: 'edited approved version',
    by: 'proposed anew',
    stage: 'exchange/agreement/agreements.ts',
    code: 'version-edited',
    shown: [[LIFE_TEST, 'an approved version edited: neither proposed nor taken over from the folder; the approved text stays in force']]
  },
  {
    attack: 'edited approved version',
    by: 'laid into the folder',
    stage: 'exchange/agreement/agreement-folder.ts',
    code: 'version-edited',
    shown: [[LIFE_TEST, 'an approved version edited: neither proposed nor taken over from the folder; the approved text stays in force']]
  },
  {
    attack: 'back-dated expiry',
    by: 'a text whose last day is past',
    stage: APPROVAL,
    code: 'expiry-past',
    shown: [
      [APPROVAL_TEST, 'back-dated expiry: a text whose last day is past'],
      [LIFE_TEST, 'back-dated expiry: what is over cannot be proposed, nor approved when it is over by then']
    ]
  },
  {
    attack: 'clock skew',
    by: 'words of the future, or kept for later',
    stage: APPROVAL,
    code: 'approval-clock',
    shown: [
      [APPROVAL_TEST, 'clock skew: an approval of the future'],
      [APPROVAL_TEST, 'a live approval kept for later'],
      [LIFE_TEST, "['of the future', said("]
    ]
  },
  {
    attack: 'roster swapped in mid-job',
    by: 'a list that was loaded',
    stage: 'exchange/consent/out-since.ts',
    code: 'not-on-roster',
    shown: [['exchange/phases.test.ts', 'a roster swapped after the gate lets nobody out that it does not name']]
  },
  {
    attack: 'roster swapped in mid-job',
    by: 'the Group of a later submission',
    stage: 'exchange/consent/roster.ts',
    code: 'not-on-roster',
    shown: [
      ['exchange/submitted-roster.test.ts', 'swapped in mid-job: what a later submission names lets nobody of an earlier one in or out'],
      ['exchange/submitted-roster.test.ts', 'of two submissions in one dataset each decides for what it brought']
    ]
  },
  {
    attack: 'opt-out added in mid-job',
    by: 'after the buckets, and after the gate',
    stage: 'exchange/release/counts.ts',
    code: 'opted-out',
    shown: [['exchange/mid-job.test.ts', 'is done, it holds for that very dataset']]
  },
  {
    attack: 'opt-out added in mid-job',
    by: 'after sealing',
    stage: 'exchange/consent/withdraw.ts',
    code: 'opted-out',
    shown: [
      [
        'journeys/withdrawal.test.ts',
        'after sealing: withdrawn and cut again under a new id without the patient, though the records sent are destroyed'
      ]
    ]
  },
  {
    attack: 'purpose not granted',
    by: 'a purpose that the law does not let the mode serve, or that is none',
    stage: 'core/agreement/mode-faults.ts',
    code: 'a fault',
    shown: [
      ['core/agreement/mode-faults.test.ts', '164.514(e)(3)(i): payment is none of its purposes'],
      ['core/agreement/faults.test.ts', 'the purpose must be of HL7 v3 PurposeOfUse']
    ]
  },
  {
    attack: 'purpose not granted',
    by: 'one that the patient denied',
    stage: 'exchange/consent/objections.ts',
    code: 'opted-out',
    shown: [['journeys/consents.test.ts', 'by recipient and purpose: only what matches both is kept back']]
  },
  {
    attack: 'element reached through contained',
    by: 'within a record that may leave',
    stage: 'core/deidentify/compile/plan.ts',
    code: 'left out',
    shown: [
      [REACHED, "'in a contained record of the same type'"],
      [REACHED, "'in a contained record of a type that is not agreed'"],
      ['core/deidentify/smuggled.test.ts', 'a contained record about another patient does not leave']
    ]
  },
  {
    attack: 'element reached through an extension',
    by: 'of the record, of an element, or beside a value',
    stage: 'core/deidentify/compile/plan.ts',
    code: 'left out',
    shown: [
      [REACHED, "'in an extension of the record'"],
      [REACHED, "'in an extension of an element that is agreed'"],
      [REACHED, "'beside a value, as its extension'"]
    ]
  },
  {
    attack: 'element reached through a Bundle',
    by: 'one in another: each record in it is decided by itself',
    stage: 'core/fhir/bundle.ts',
    code: 'nested-bundle',
    shown: [
      ['core/fhir/nested.test.ts', 'a Bundle in a Bundle entry: its entries are records, it is none'],
      ['core/fhir/nested.test.ts', 'four deep is read, five is nested-bundle; what stands beside it is read'],
      [REACHED, "'as a contained Bundle'"]
    ]
  },
  {
    attack: 'element reached through _elements',
    by: 'or any other query',
    stage: 'http/kick-off.ts',
    code: 'unsupported-parameter',
    shown: [['http/bulk.test.ts', 'no query asks about what may not be seen']]
  },
  {
    attack: 'element reached through _elements',
    by: 'asked for under Prefer: handling=lenient',
    stage: 'http/kick-off.ts',
    code: 'left out',
    shown: [['http/bulk.test.ts', 'handling=lenient leaves such a query out, and what is asked for is the whole of it']]
  },
  {
    attack: 'element reached through _elements',
    by: 'a dataset taken apart by the moments of _since',
    stage: 'exchange/exports/exports.ts',
    code: 'left out',
    shown: [['exchange/phases-fetched.test.ts', '_since takes neither apart']]
  },
  {
    attack: 'probing by counts',
    by: 'of patients who said no',
    stage: 'exchange/release/counts.ts',
    code: 'not-releasable',
    shown: [
      ['exchange/told-to-recipient.test.ts', 'of ten people or fewer nothing by itself, however many records they have; the sum stays']
    ]
  },
  {
    attack: 'probing by counts',
    by: 'of records of a sensitive category',
    stage: 'exchange/release/counts.ts',
    code: 'not-releasable',
    shown: [['journeys/decisions.test.ts', 'under a code of its category from eleven people on; fewer are not told apart']]
  },
  {
    attack: 'a phase that starts in mid-submission',
    by: 'or a version, under which less may leave',
    stage: 'exchange/release/bounds.ts',
    code: 'agreement-changed',
    shown: [['exchange/version-changed.test.ts', 'refused where the one in force by now lets less leave']]
  },
  {
    attack: 'a phase that starts in mid-submission',
    by: 'in which less may leave',
    stage: 'exchange/release/bounds.ts',
    code: 'phase-ended',
    shown: [
      ['exchange/phases.test.ts', 'made by the wider terms and recorded in a narrower phase, it is refused'],
      ['exchange/phases.test.ts', 'sent before a phase and released in it, it leaves by the terms of the phase']
    ]
  },
  {
    attack: 'time-zone edges of dates',
    by: 'of an event',
    stage: 'core/agreement/scope.ts',
    code: 'outside-date-window',
    shown: [
      ['core/agreement/scope.test.ts', "'2020-02-29T23:59:59-11:00'"],
      ['core/agreement/scope.test.ts', "'2020-03-01T00:00:00+14:00'"]
    ]
  },
  {
    attack: 'time-zone edges of dates',
    by: 'of the days an agreement is in force',
    stage: 'core/agreement/decide.ts',
    code: 'agreement-inactive',
    shown: [['core/agreement/decide.test.ts', 'days begin at 00:00 UTC and anything but an instant in UTC denies']]
  }
]

function textOf(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8')
}

describe('the table of attacks', () => {
  it('has a row for each, and no other', () => {
    expect([...new Set(TABLE.map(({ attack }) => attack))]).to.deep.equal(ATTACKS)
    expect(new Set(TABLE.map(({ attack, by }) => `${attack}: ${by}`)).size).to.equal(TABLE.length)
  })

  for (const { attack, by, stage, code, shown } of TABLE)
    it(`${attack}, ${by}: ${stage} says ${code}`, () => {
      const source = textOf(`../gateway/${stage}`)
      if (code in CODES) {
        expect(source).to.include(`'${code}'`)
      }
      expect(shown).to.not.have.length(0)
      for (const [file, words] of shown) {
        const test = textOf(file)
        expect(test, `${file}: a test is gone`).to.include(words)
        expect(test, `${file}: something in it is skipped or alone`).not.to.match(/\b(?:it|describe)\.(?:skip|only)\(/)
      }
      if (code in CODES) expect(shown.map(([file]) => textOf(file)).join('\n')).to.include(code)
    })
})
