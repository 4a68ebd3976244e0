/** A party that was registered while two gateways run, under an agreement that was proposed and signed since: its records are released by either. */

import type { JsonWebKey } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { contentHash, type Json } from '../../gateway/core/digest.ts'
import type { Agreement, Approval } from '../../gateway/generated/policy.ts'
import { signApproval } from '../../gateway/seal/approval.ts'
import { generatePartyKeys } from '../../gateway/seal/generate.ts'
import { AT_ONCE, type Process, signingKey, startProcess, until } from '../support/gateway.ts'
import { addOfficer, officer, signedBy, useGateway } from '../support/house.ts'
import { Party } from '../support/journey.ts'
import { attestedAnew } from '../support/policies.ts'
import { ndjson, ward } from '../support/records.ts'

const ID = 'demo-safe-harbor'
describe('a party that is in no file', function () {
  this.timeout(90_000)
  const house = useGateway({ [ID]: AT_ONCE, 'demo-transport-only': null }, { SALLYPORT_WORKERS: '1' }, (site) =>
    ['first-operator', 'second-operator'].reduce((sum, id) => addOfficer(sum, id, ['operator'], {}), site)
  )
  let second: Process
  before(async () => {
    second = await startProcess(house().site)
  })
  after(() => second?.stop())

  it('a party that is in no file sends under an agreement of its own: every thread knows it, and a start knows it still', async () => {
    const { site, gateway } = house()
    const keys = generatePartyKeys('ec', 'live-hospital')
    const told = {
      role: 'hospital',
      name: 'Example Live Hospital',
      address: '6 Example Street, Sampletown',
      fhirBases: ['https://live.example/fhir']
    }
    const fileOf = (name: string, value: unknown): string => {
      writeFileSync(join(site.folder, name), JSON.stringify(value))
      return join(site.folder, name)
    }
    const document = fileOf('live-hospital.json', { id: 'live-hospital', ...told, jwks: keys.jwks })
    const registered = await officer(site, ['party', 'register', document, ...signedBy(site, 'first-operator'), '--json'])
    const { document: offered } = JSON.parse(registered.out) as { document: string }
    const other = signedBy(site, 'second-operator')
    expect((await officer(site, ['party', 'confirm', 'live-hospital', '--document', offered, ...other])).err).to.equal('')
    const text = readFileSync(join(site.folder, 'policies', 'agreements', ID, 'agreement.json'), 'utf8')
    const model = JSON.parse(text) as Agreement
    const changes = { version: 1, source: 'live-hospital' }
    const agreement: Agreement = { ...model, id: 'live-one', ...changes, noActualKnowledge: attestedAnew(model, changes) }
    mkdirSync(join(site.folder, 'live-one'))
    writeFileSync(join(site.folder, 'live-one', 'agreement.json'), JSON.stringify(agreement))
    const hash = contentHash(agreement as unknown as Json)
    const said = (as: Approval['as'], who: string, key: JsonWebKey): string => {
      const decision = as === 'proposer' ? 'propose' : 'approve'
      const word = { v: 1, agreement: 'live-one', version: 1, hash, as, decision, officer: who, at: new Date().toISOString() } as const
      const path = join(site.folder, `live-one.${as}.jws`)
      writeFileSync(path, signApproval(word, key))
      return path
    }
    const own = (who: string): JsonWebKey => JSON.parse(readFileSync(signingKey(site, who), 'utf8')) as JsonWebKey
    const run = async (...words: string[]): Promise<void> => {
      const ran = await officer(site, ['agreement', ...words])
      expect([ran.code, ran.err]).to.deep.equal([0, ''])
    }
    await run('propose', join(site.folder, 'live-one'), '--jws', said('proposer', 'demo-author', own('demo-author')))
    await run('approve', 'live-one', '--jws', said('source', 'Test Officer of live-hospital', keys.signing))
    await run(
      'approve',
      'live-one',
      '--jws',
      said('recipient', 'Test Officer of demo-insurer', site.parties.get('demo-insurer')?.signing ?? {})
    )
    await run('approve', 'live-one', '--jws', said('privacy-officer', 'demo-privacy-officer', own('demo-privacy-officer')))
    const known = { ...site, parties: new Map([...site.parties, ['live-hospital', keys]]) }
    for (const process of [gateway, second]) {
      const hospital = new Party(process, known, 'live-hospital')
      await until(async () => ((await hospital.ask('POST', '/submissions?agreement=live-one')).status < 300 ? true : null), 10)
      const id = await hospital.send({ 'data.ndjson': ndjson(ward(`live-${process === second}`, 5)) }, 'live-one')
      expect((await hospital.ended(id, ['ready'])).agreements[0]).to.include({ state: 'ready', received: 10 })
    }
    await second.kill()
    second = await startProcess(site)
    expect((await new Party(second, known, 'live-hospital').ask('POST', '/submissions?agreement=live-one')).status).to.be.below(300)
  })
})
