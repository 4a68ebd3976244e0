/** The opt-out list as NDJSON: what each line says, and what is refused by its number and code. */
import { expect } from 'chai'
import { readLines } from '../../../gateway/core/consent/lines.ts'
import { EVERYTHING } from '../../../gateway/core/consent/rule.ts'

const words = { recipients: new Set(['demo-insurer']), ownBases: ['https://own.example/fhir'] }

function rulesOf(text: string): unknown[] {
  return readLines(text, words).map((line) => ('code' in line ? [line.line, line.code] : line.kind === 'said' ? line.rule : 'consent'))
}

describe('core/consent/lines', () => {
  it('a plain id, and an object that names nothing more, say no to everything', () => {
    expect(rulesOf('123\n\n {"patient":"Patient/9"} \n')).to.deep.equal([EVERYTHING, EVERYTHING])
  })

  it('recipient, purpose, category and provider each narrow the rule; a reference under an own base is relative', () => {
    const line = {
      patient: '1',
      recipient: 'demo-insurer',
      purpose: 'HPAYMT',
      category: 'hiv',
      provider: 'https://own.example/fhir/Practitioner/7'
    }
    expect(rulesOf(JSON.stringify(line))).to.deep.equal([
      { kind: 'list', recipient: 'demo-insurer', purpose: 'HPAYMT', category: 'hiv', provider: 'Practitioner/7' }
    ])
  })

  it('45 CFR 164.522(a)(1)(vi): self-pay names the plan and at least one item', () => {
    expect(rulesOf('{"patient":"1","recipient":"demo-insurer","selfPay":["Encounter/2","Encounter/1"]}')).to.deep.equal([
      { kind: 'self-pay', recipient: 'demo-insurer', items: ['Encounter/1', 'Encounter/2'] }
    ])
    for (const line of [
      '{"patient":"1","selfPay":["Encounter/1"]}',
      '{"patient":"1","recipient":"demo-insurer","selfPay":[]}',
      '{"patient":"1","recipient":"demo-insurer","selfPay":"Encounter/1"}',
      '{"patient":"1","recipient":"demo-insurer","selfPay":["somewhere"]}',
      '{"patient":"1","recipient":"demo-insurer","purpose":"HPAYMT","selfPay":["Encounter/1"]}'
    ])
      expect(rulesOf(line), line).to.deep.equal([[1, 'bad-request']])
  })

  for (const [what, line, code] of [
    ['what is not JSON', '{"patient":', 'not-json'],
    [
      'a member that is not known: it may have narrowed the rule or widened it',
      '{"patient":"1","recipeint":"demo-insurer"}',
      'bad-request'
    ],
    ['a recipient that is none', '{"patient":"1","recipient":"demo-hospital"}', 'bad-request'],
    ['a purpose that is none', '{"patient":"1","purpose":"BILLING"}', 'bad-request'],
    ['a category that is none', '{"patient":"1","category":"flu"}', 'bad-request'],
    ['a patient that is no text', '{"patient":{"id":"1"}}', 'bad-request'],
    ['another resource than a Consent', '{"resourceType":"Patient","id":"1"}', 'not-fhir'],
    ['a line of more than a MiB', 'x'.repeat(1024 * 1024 + 1), 'line-too-long'],
    ['a patient named twice', '{"patient":"1","patient":"2"}', 'duplicate-key'],
    ['a recipient named twice', '{"patient":"1","recipient":"demo-insurer","recipient":"demo-insurer"}', 'duplicate-key'],
    [
      'a Consent of two provisions',
      '{"resourceType":"Consent","provision":{"type":"deny"},"provision":{"type":"permit"}}',
      'duplicate-key'
    ],
    ['a Consent that nests beyond all meaning', `{"resourceType":"Consent","a":${'['.repeat(100)}${']'.repeat(100)}}`, 'too-deep'],
    ['a hundred thousand brackets', '['.repeat(100_000).replace('[', '{"a":['), 'too-deep'],
    [
      'what was paid for named by a query',
      '{"patient":"1","recipient":"demo-insurer","selfPay":["Encounter?identifier=a|1"]}',
      'bad-request'
    ],
    ['a provider with a control character', '{"patient":"1","provider":"Practitioner?identifier=\\u001b]0;x"}', 'bad-request'],
    ['__proto__', '{"patient":"1","__proto__":{"category":"hiv"}}', 'bad-request']
  ] as const)
    it(`refused, and the line after it is taken: ${what}`, () => {
      expect(rulesOf(`${line}\n5\n`)).to.deep.equal([[1, code], EVERYTHING])
    })

  it('twenty thousand lines of nonsense are read in linear time, each told by its number', function () {
    this.timeout(10_000)
    const lines = readLines('{\n'.repeat(20_000), words)
    expect([lines.length, lines.at(-1)]).to.deep.equal([20_000, { line: 20_000, code: 'not-json' }])
  })
})
