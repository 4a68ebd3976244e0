/** Millions of lines that are no records, in a few kilobytes of gzip: counted, told up to a bound, and no heavier than a feed. */
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { expect } from 'chai'
import { useGateway } from '../support/house.ts'
import { Party } from '../support/journey.ts'

const LINES = 8_000_000
const MOST_ISSUES = 10_000
const MOST_MIB = 400

function residentMib(pid: number | undefined): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}

describe('a body of refused lines only', () => {
  const house = useGateway({ 'demo-transport-only': null })

  it('is counted whole, and its issues are kept up to their limit', async function () {
    this.timeout(60_000)
    const { site, gateway } = house()
    const hospital = new Party(gateway, site, 'demo-hospital')
    const submission = await hospital.open()
    const sent = await hospital.put(submission, 'Patient.ndjson', new Uint8Array(gzipSync('{}\n'.repeat(LINES))), {
      'content-encoding': 'gzip'
    })
    expect(sent.status, sent.text).to.equal(202)
    expect((await hospital.view(submission)).rejected).to.deep.equal({ 'unknown-resource-type': LINES })
    expect(await hospital.issues(submission)).to.have.length(MOST_ISSUES)
    expect(residentMib(gateway.child.pid)).to.be.lessThan(MOST_MIB)
  })
})
