/** Records nobody here wrote: what is kept of them, and exactly what is refused. */
import { expect } from 'chai'
import type { KeptRecord } from '../../../gateway/core/fhir/part.ts'
import { filesOf, sharedData } from '../../support/shared-data.ts'
import { LIMITS, type Outcome, readAll } from './reading.ts'

/** Refusals counted by code and path. */
function counted({ refused }: Outcome): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const text of refused) {
    const reason = text.replace(/^\d+ /, '').replace(/ ?Bundle\.entry\[\d+\]:?/, '')
    counts[reason] = (counts[reason] ?? 0) + 1
  }
  return counts
}

/** Without the parsed resource: 38,564 of them take seconds to collect. */
function light(record: KeptRecord): KeptRecord {
  return { ...record, resource: { resourceType: record.identity.type }, text: record.text.includes('"urn:uuid:') ? 'urn:uuid:' : '' }
}

function readFolder(folder: string, ending: string): Outcome {
  const all: Outcome = { kept: [], refused: [] }
  for (const { bytes } of filesOf(folder, ending)) {
    const { kept, refused } = readAll(bytes, LIMITS, 64 * 1024, light)
    all.kept.push(...kept)
    all.refused.push(...refused)
  }
  return all
}

describe('records nobody here wrote', function () {
  this.timeout(60_000)

  it('Synthea, Massachusetts: all 38,564 resources of 100 Bundles, and all of hospitals and practitioners', function () {
    const folder = sharedData(this, 'synthea-r4-ma-100')
    const { kept, refused } = readFolder(folder, 'bundles.ndjson.gz')
    expect(refused).to.deep.equal([])
    expect(kept).to.have.length(38_564)
    expect(
      new Set(
        kept
          .filter((record) => record.belonging.of === 'subject')
          .map((record) => record.belonging.of === 'subject' && record.belonging.subject.id)
      ).size
    ).to.equal(100)
    expect(kept.filter((record) => record.text !== '').map((record) => record.identity.type)).to.satisfy((types: string[]) =>
      types.every((type) => type === 'Patient')
    )
    const shared = readFolder(`${folder}shared/`, '.json.gz')
    expect(counted(shared)).to.deep.equal({})
  })

  it('Synthea, one Bundle of everything, streamed by entry: the same', function () {
    const [file] = filesOf(sharedData(this, 'synthea-r4-ma-20-notes'), 'bundles.ndjson.gz')
    const bundles = (file?.bytes.toString() ?? '').trim().split('\n')
    const entries = bundles.flatMap((line) => JSON.parse(line).entry)
    const lines = readAll(file?.bytes ?? '')
    const streamed = readAll(JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry: entries }), {
      ...LIMITS,
      bundleBytes: 1024 * 1024
    })
    const known = (outcome: Outcome): object[] =>
      outcome.kept.map(({ identity, belonging, text }) => ({ identity, belonging, resource: JSON.parse(text) }))
    expect(known(streamed)).to.deep.equal(known(lines))
    expect(counted(lines)).to.deep.equal({ 'not-fhir Provenance.agent.who': 1 })
  })

  it('a bulk export, NDJSON: all of it', function () {
    const { kept, refused } = readFolder(sharedData(this, 'bulk-export-ks-13'), '.000.ndjson.gz')
    expect(refused).to.deep.equal([])
    expect(kept.length).to.be.above(7000)
  })

  it('the official R4 examples: none is refused as invalid; one has a modifierExtension', function () {
    const counts = counted(readFolder(sharedData(this, 'fhir-r4-examples'), '.ndjson.gz'))
    const others = Object.entries(counts).filter(([reason]) => !reason.startsWith('no-subject'))
    expect(Object.fromEntries(others)).to.deep.equal({ 'unknown-modifier Basic.modifierExtension': 1 })
  })

  it('US Core examples: three are not valid R4, and are named', function () {
    const counts = counted(readFolder(sharedData(this, 'us-core-examples'), '.ndjson.gz'))
    const others = Object.entries(counts).filter(([reason]) => !reason.startsWith('no-subject'))
    expect(Object.fromEntries(others)).to.deep.equal({ 'not-fhir DiagnosticReport.text.div': 1, 'not-fhir QuestionnaireResponse.?': 2 })
  })
})
