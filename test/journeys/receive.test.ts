/** An insurer that receives again and again from a real gateway: only what is new comes, and the data dictionary is that of the statement. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { sha256 } from '../../gateway/core/digest.ts'
import { AT_ONCE } from '../support/gateway.ts'
import { query, useGateway } from '../support/house.ts'
import { Party } from '../support/journey.ts'
import { type Received, receiver } from '../support/receive.ts'
import { ndjson, ward } from '../support/records.ts'

describe('receiving again', function () {
  this.timeout(60_000)
  const house = useGateway({ 'demo-safe-harbor': AT_ONCE, 'demo-transport-only': null })

  async function release(prefix: string): Promise<string> {
    const { site, gateway } = house()
    const hospital = new Party(gateway, site, 'demo-hospital')
    const id = await hospital.send({ 'data.ndjson': ndjson(ward(prefix, 12)) })
    return (await hospital.ended(id)).agreements[0]?.dataset ?? ''
  }

  it('the first run gets what is there, the second says that nothing is new and ends with 0, the third gets only what came since', async () => {
    const { site, gateway } = house()
    const insurer = receiver(gateway, site, 'demo-insurer', 'demo-safe-harbor')
    const first = await release('one')
    const run = await insurer.run('--json')
    expect([run.code, run.err]).to.deep.equal([0, ''])
    const received = JSON.parse(run.out) as Received // as printed
    expect(received.datasets.map((one) => [one.dataset, one.records, one.verified])).to.deep.equal([
      [first, 24, ['signature', 'receipt', 'hashes', 'dictionary']]
    ])
    const again = await insurer.run()
    expect([again.code, again.out, again.err]).to.deep.equal([0, 'nothing new was released\n', ''])
    expect((JSON.parse((await insurer.run('--json')).out) as Received).datasets).to.deep.equal([])
    const second = await release('two')
    const later = JSON.parse((await insurer.run('--json')).out) as Received
    expect(later.datasets.map((one) => one.dataset)).to.deep.equal([second])
    expect(insurer.opened().sort()).to.deep.equal([first, second].sort())
  })

  it('--since asks from another moment: all that was released after it', async () => {
    const { site, gateway } = house()
    const insurer = receiver(gateway, site, 'demo-insurer', 'demo-safe-harbor')
    const known = insurer.opened()
    const all = JSON.parse((await insurer.run('--json', '--since', '2020-01-01T00:00:00Z')).out) as Received
    expect(all.datasets.map((one) => one.dataset).sort()).to.deep.equal(known.sort())
    const none = JSON.parse((await insurer.run('--json', '--since', all.transactionTime)).out) as Received
    expect(none.datasets).to.deep.equal([])
  })

  it('the data dictionary beside the files has the hash of the statement; one that was altered ends with 3 and opens nothing', async () => {
    const { site, gateway, database } = house()
    const insurer = receiver(gateway, site, 'demo-insurer', 'demo-safe-harbor')
    const [known = ''] = insurer.opened()
    const text = readFileSync(join(insurer.out, known, 'dictionary.json'), 'utf8')
    const { payload } = JSON.parse(readFileSync(join(insurer.out, known, 'manifest.json'), 'utf8')) as { payload: string }
    const { statement } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { statement: { dictionary: string } }
    expect(`sha256:${sha256(text).toString('hex')}`).to.equal(statement.dictionary)
    expect((JSON.parse(text) as { types: { type: string }[] }).types.map(({ type }) => type)).to.include('Patient')
    const dataset = await release('three')
    await query(database, `UPDATE disclosure SET dictionary = replace(dictionary, 'remove', 'keep') || ' ' WHERE id = $1`, [dataset])
    const { code, err } = await insurer.run()
    expect([code, err.includes('[hash-mismatch]'), err.includes('dictionary.json')]).to.deep.equal([3, true, true])
    expect(existsSync(join(insurer.out, dataset))).to.equal(false)
    await query(database, 'UPDATE disclosure SET dictionary = $2 WHERE id = $1', [dataset, text])
    expect([(await insurer.run()).code, insurer.opened().includes(dataset)]).to.deep.equal([0, true])
  })
})
