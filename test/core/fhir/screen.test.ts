/** The screen before JSON.parse: it counts what JSON.parse sees, and no bytes at all make the reader throw. */
import { expect } from 'chai'
import fc from 'fast-check'
import { RequestError } from '../../../gateway/core/errors.ts'
import { countKeys, screen } from '../../../gateway/core/fhir/screen.ts'
import { CONDITION, PATIENT, readAll } from './reading.ts'

function screened(text: string, member: string | null = null): ReturnType<typeof screen> {
  const bytes = Buffer.from(text)
  return screen(bytes, 0, bytes.length, 64, member === null ? null : Buffer.from(member))
}

describe('the screen', () => {
  it('counts the keys of any JSON value, however printed', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent)
        expect(screened(text).keys).to.equal(countKeys(JSON.parse(text)))
      })
    )
  })

  it('finds a member of the outermost object only, whatever stands around it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), fc.jsonValue({ maxDepth: 3 }), (before, value) => {
        const text = JSON.stringify({ before, other: { resource: 1 }, text: '"resource":2', resource: value, after: before })
        const { memberStart, memberEnd } = screened(text, 'resource')
        expect(JSON.parse(Buffer.from(text).toString('utf8', memberStart, memberEnd))).to.deep.equal(JSON.parse(JSON.stringify(value)))
      })
    )
  })

  it('depth is exact: 64 is taken, 65 is too deep', () => {
    expect(screened('['.repeat(64) + ']'.repeat(64)).tooDeep).to.equal(false)
    expect(screened('['.repeat(65) + ']'.repeat(65)).tooDeep).to.equal(true)
  })

  it('a text cut anywhere is unended', () => {
    for (let end = 1; end < PATIENT.length; end++) expect(screened(PATIENT.slice(0, end)).unended, String(end)).to.equal(true)
    expect(screened(PATIENT).unended).to.equal(false)
  })
})

describe('no bytes make the reader throw anything but a RequestError', () => {
  const good = `{"resourceType":"Bundle","type":"batch","entry":[{"resource":${PATIENT}},\n{"resource":${CONDITION}}]}\n${PATIENT}\n`

  it('random bytes put anywhere into a good body', () => {
    fc.assert(
      fc.property(fc.nat(good.length), fc.uint8Array({ maxLength: 8 }), fc.nat(20), (at, junk, dropped) => {
        const body = Buffer.concat([Buffer.from(good.slice(0, at)), junk, Buffer.from(good.slice(at + dropped))])
        for (const bundleBytes of [60, 16_000_000]) {
          try {
            readAll(body, { recordBytes: 1000, bundleBytes, depth: 64 }, 13)
          } catch (error) {
            expect(error).to.be.instanceOf(RequestError)
          }
        }
      }),
      { numRuns: 500 }
    )
  })
})
