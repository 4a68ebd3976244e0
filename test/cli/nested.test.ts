/** Nested Bundles and Parameters through `sallyport deidentify`: what leaves of them, and what never does. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { sallyport } from '../support/command.ts'
import { type bundle, condition, MARK, ndjson, ward } from '../support/records.ts'

type Line = Parameters<typeof bundle>[0][number]

/** An entry with its mark in all that stands around the record. */
function around(resource: Line): object {
  return {
    fullUrl: `https://${MARK}.example/fhir/${String(resource['resourceType'])}/${String(resource['id'])}`,
    link: [{ relation: 'self', url: `https://${MARK}.example/self` }],
    resource,
    request: {
      method: 'PUT',
      url: `Patient?identifier=${MARK}`,
      ifNoneExist: `identifier=${MARK}`,
      ifMatch: `W/"${MARK}"`,
      ifNoneMatch: `W/"${MARK}"`
    },
    response: { status: '200', location: `Patient/${MARK}/_history/1`, etag: `W/"${MARK}"` }
  }
}

function wrapped(resources: readonly Line[]): Line {
  return {
    resourceType: 'Bundle',
    id: MARK,
    type: 'batch',
    identifier: { value: MARK },
    link: [{ relation: 'self', url: `https://${MARK}.example/Patient?name=${MARK}` }],
    entry: resources.map(around)
  }
}

describe('sallyport deidentify, nested Bundles and Parameters', function () {
  this.timeout(60_000)
  let folder = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-test-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  it('each resource inside is one record; fullUrl, links, request, response and parameters never leave', async () => {
    const people = ward('p', 2)
    const lines = [
      wrapped([...people, wrapped([condition('inner', 'p0')])]),
      {
        resourceType: 'Parameters',
        id: MARK,
        parameter: [
          { name: MARK, valueString: MARK },
          { name: MARK, resource: wrapped(ward('q', 1)) }
        ]
      }
    ]
    const file = join(folder, 'nested.ndjson')
    writeFileSync(file, ndjson(lines))
    const ran = await sallyport(['deidentify', '--profile', 'safe-harbor', '--report', join(folder, 'report.json'), file])
    expect(ran.code, ran.err).to.equal(0)
    const report = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'))
    expect([report.received, report.released, report.byType]).to.deep.equal([7, 7, { Patient: 3, Condition: 4 }])
    expect(ran.out + ran.err + JSON.stringify(report)).not.to.match(new RegExp(MARK, 'i'))
    // the inner Bundle's record belongs to the patient of the outer one: relative references stand under the server both came from
    const out = ran.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    const subjects = out.filter(({ resourceType }) => resourceType === 'Condition').map(({ subject }) => subject.reference)
    expect(new Set(subjects)).to.have.property('size', 3)
    expect(subjects.every((reference) => out.some(({ resourceType, id }) => `${resourceType}/${id}` === reference))).to.equal(true)
  })
})
