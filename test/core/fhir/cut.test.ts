/** Cutting: what shape a body has, where it is cut, and that no chunking changes what is read. */
import { expect } from 'chai'
import fc from 'fast-check'
import { RequestError } from '../../../gateway/core/errors.ts'
import type { Part } from '../../../gateway/core/fhir/cut.ts'
import { CONDITION, cutAll, LIMITS, PATIENT, readAll } from './reading.ts'

const SMALL = { ...LIMITS, recordBytes: 2000, bundleBytes: 4000, partBytes: 1000 }

function texts(parts: readonly Part[]): string[] {
  return parts.flatMap((part) => {
    const found: string[] = []
    for (let i = 0; i < part.offsets.length; i += 2)
      found.push(Buffer.from(part.bytes).toString('utf8', part.offsets[i], part.offsets[i + 1]))
    return found
  })
}

function codeOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof RequestError) return error.code
    throw error
  }
  return 'nothing thrown'
}

function bundle(entries: readonly string[], type = 'collection'): string {
  return `{"resourceType":"Bundle","type":"${type}","entry":[${entries.map((entry) => `{"resource":${entry}}`).join(',')}]}`
}

describe('lines', () => {
  it('CRLF, a byte order mark, blank lines and a last line without its end are tolerated, and lines keep their numbers', () => {
    const body = `\ufeff\r\n${PATIENT}\r\n\r\n  \t\r\n${CONDITION}`
    expect(readAll(body).kept.map((record) => [record.line, record.identity.type])).to.deep.equal([
      [2, 'Patient'],
      [5, 'Condition']
    ])
  })

  it('parts are whole lines, have an ArrayBuffer of their own and number on', () => {
    const lines = Array.from({ length: 300 }, (_, i) => `{"resourceType":"Patient","id":"p${i}"}`)
    const parts = cutAll(Buffer.from(lines.join('\n')), 77, SMALL)
    expect(parts.length).to.be.above(3)
    expect(texts(parts)).to.deep.equal(lines)
    let line = 1
    for (const part of parts) {
      expect(part.firstLine).to.equal(line)
      expect(new Set(parts.map(({ bytes }) => bytes.buffer)).size).to.equal(parts.length)
      line += part.offsets.length / 2
    }
  })

  it('a line beyond the limit is skipped wherever it stands, and the rest goes on', () => {
    const long = `{"resourceType":"Patient","id":"${'x'.repeat(9000)}"}`
    for (const at of [0, 1, 2]) {
      const lines = [PATIENT, PATIENT]
      lines.splice(at, 0, long)
      const { kept, refused } = readAll(lines.join('\n'), SMALL, 100)
      expect(refused).to.deep.equal([`${at + 1} line-too-long`])
      expect(kept.map((record) => record.line)).to.deep.equal([1, 2, 3].filter((line) => line !== at + 1))
    }
  })

  it('a last line that was cut is called truncated', () => {
    expect(readAll(`${PATIENT}\n${CONDITION.slice(0, -20)}`).refused).to.deep.equal(['2 truncated'])
  })

  it('a broken first line is not mistaken for the beginning of a document', () => {
    for (const first of ['{"resourceType":"Patient"', '{"a":"', '{', 'x']) {
      const { kept, refused } = readAll(`${first}\n${PATIENT}\n${CONDITION}\n`, LIMITS, 7)
      expect(refused, first).to.deep.equal(['1 not-json'])
      expect(kept).to.have.length(2)
    }
  })

  it('nothing but blanks is an empty body', () => {
    for (const body of ['', '\n\n', ' \r\n', '\ufeff'])
      expect(
        codeOf(() => readAll(body)),
        JSON.stringify(body)
      ).to.equal('empty-body')
  })
})

describe('documents', () => {
  it('a pretty-printed resource is one record', () => {
    expect(readAll(JSON.stringify(JSON.parse(PATIENT), null, 2)).kept.map((record) => record.identity.id)).to.deep.equal(['p1'])
  })

  it('a pretty-printed Bundle, a Bundle on one line and a Bundle a line are read alike', () => {
    const one = bundle([PATIENT, CONDITION])
    for (const body of [
      one,
      JSON.stringify(JSON.parse(one), null, 2),
      JSON.stringify(JSON.parse(one), null, '\t').replaceAll('\n', '\r\n'),
      `${one}\n${one}\n`
    ]) {
      const { kept, refused } = readAll(body)
      expect(refused).to.deep.equal([])
      expect(kept.map((record) => record.identity.type).slice(0, 2)).to.deep.equal(['Patient', 'Condition'])
    }
  })

  it('several documents one behind the other are all read', () => {
    const pretty = JSON.stringify(JSON.parse(PATIENT), null, 2)
    expect(readAll(`${pretty}\n${pretty}\n\n${pretty}`).kept).to.have.length(3)
  })

  it('a document that ends early is truncated', () => {
    const pretty = JSON.stringify(JSON.parse(bundle([PATIENT, CONDITION])), null, 2)
    expect(codeOf(() => readAll(pretty.slice(0, -3)))).to.equal('truncated')
  })
})

describe('large Bundles are streamed by entry', () => {
  const entries = Array.from({ length: 100 }, (_, i) => `{"resourceType":"Patient","id":"p${i}"}`)
  const large = bundle(entries)

  it('whatever the printing and the chunks, the same entries', () => {
    for (const body of [large, JSON.stringify(JSON.parse(large), null, 2)]) {
      for (const chunk of [1, 7, 1000, 1_000_000]) {
        const parts = cutAll(Buffer.from(body), chunk, SMALL)
        expect(new Set(parts.map((part) => part.kind))).to.deep.equal(new Set(['entries']))
        expect(texts(parts).map((text) => JSON.stringify(JSON.parse(text).resource))).to.deep.equal(entries)
      }
    }
  })

  it('entry may stand before resourceType', () => {
    const body = `{"entry":[${entries.map((entry) => `{"resource":${entry}}`).join(',')}],"type":"batch","resourceType":"Bundle"}`
    expect(readAll(body, SMALL, 50).kept).to.have.length(100)
  })

  it('an entry beyond the limit is skipped, and the rest goes on', () => {
    const long = `{"resourceType":"Patient","id":"${'x'.repeat(300_000)}"}`
    for (const at of [0, 50, 100]) {
      const { kept, refused } = readAll(bundle(entries.toSpliced(at, 0, long)), SMALL, 100)
      expect(refused).to.deep.equal([`${at + 1} line-too-long`])
      expect(kept).to.have.length(100)
    }
  })

  const broken: readonly (readonly [rule: string, body: string, code: string])[] = [
    ['that end early are truncated', large.slice(0, -2), 'truncated'],
    ['that end inside an entry are truncated', large.slice(0, 5000), 'truncated'],
    ['with junk between entries are not JSON', large.replace('p50"}},', 'p50"}} junk '), 'not-json'],
    ['with a key named twice are refused', large.replace('"type"', '"type":"batch","type"'), 'duplicate-key'],
    ['of another type are not Bundles', large.replace(/^(.*)"resourceType":"Bundle",(.*)\}$/, '$1$2,"resourceType":"Basic"}'), 'not-fhir'],
    ['with something else among the entries are refused', large.replace('p50"}},', 'p50"}},7,'), 'not-fhir'],
    ['with implicitRules are refused', large.replace('"type"', '"implicitRules":"urn:x","type"'), 'implicit-rules']
  ]
  for (const [rule, body, code] of broken) it(rule, () => expect(codeOf(() => readAll(body, SMALL, 999))).to.equal(code))

  it('strings full of brackets, quotes and backslashes do not mislead, however the body is chunked', () => {
    const text = fc.stringMatching(/^[[\]{}",:\\a\u00e9]{1,40}$/)
    fc.assert(
      fc.property(fc.array(text, { minLength: 20, maxLength: 30 }), fc.integer({ min: 1, max: 300 }), (families, chunk) => {
        const body = bundle(
          families.map((family, i) =>
            JSON.stringify({ resourceType: 'Patient', id: `p${i}`, name: [{ family: `${family}${'x'.repeat(200)}` }] })
          )
        )
        const { kept, refused } = readAll(body, SMALL, chunk)
        expect(refused).to.deep.equal([])
        expect(kept.map((record) => JSON.parse(record.text).name[0].family.slice(0, -200))).to.deep.equal(families)
      }),
      { numRuns: 50 }
    )
  })
})
