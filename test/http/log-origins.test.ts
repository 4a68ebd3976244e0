/** Who may read the log from a browser: a page of any origin, the log alone. */
import { expect } from 'chai'
import { after, before } from 'mocha'
import { type HttpGateway, startHttpGateway } from '../support/http-gateway.ts'

describe('http: the open log, from pages of other origins', () => {
  let gateway: HttpGateway
  before(async () => {
    gateway = await startHttpGateway()
  })
  after(() => gateway.stop())

  it('pages of other origins may read the log, also that something is not there, and nothing else', async () => {
    for (const path of [
      'checkpoint',
      'tile/0/000.p/1',
      'entries/000.p/1',
      'proof/inclusion?index=0',
      'proof/consistency?from=0&to=1',
      'tile/0/x'
    ]) {
      const { headers } = await fetch(`${gateway.url}/log/${path}`)
      expect([headers.get('access-control-allow-origin'), headers.get('cross-origin-resource-policy')], path).to.deep.equal([
        '*',
        'cross-origin'
      ])
    }
    for (const path of ['keys', 'fhir/metadata', 'fhir/AuditEvent', 'livez']) {
      const { headers } = await fetch(`${gateway.url}/${path}`)
      expect([headers.get('access-control-allow-origin'), headers.get('cross-origin-resource-policy')], path).to.deep.equal([
        null,
        'same-origin'
      ])
    }
  })
})
