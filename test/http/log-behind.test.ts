/** Back-pressure of the log over HTTP. */
import { expect } from 'chai'
import { UpstreamError } from '../../gateway/core/errors.ts'
import { type HttpGateway, startHttpGateway } from '../support/http-gateway.ts'

describe('http: while too many entries wait for their place in the log', () => {
  let gateway: HttpGateway
  before(async () => {
    const behind = async (): Promise<void> => {
      throw new UpstreamError('log-behind', 2)
    }
    gateway = await startHttpGateway({ logRoom: { require: behind } })
  })
  after(() => gateway.stop())

  it('doors that make entries answer 503 with Retry-After, whoever knocks; what is open is answered', async () => {
    const authorization = `Bearer ${await gateway.token('demo-hospital')}`
    for (const [method, path, headers] of [
      ['POST', '/submissions', { authorization }],
      ['POST', '/submissions', {}],
      ['POST', '/oauth/token', {}],
      ['GET', '/fhir/Group/clear-one/$export', { prefer: 'respond-async' }]
    ] as const) {
      const response = await fetch(`${gateway.url}${path}`, { method, headers })
      expect([response.status, response.headers.get('retry-after')], path).to.deep.equal([503, '2'])
      await response.arrayBuffer()
    }
    for (const path of ['/livez', '/readyz', '/keys', '/fhir/metadata']) expect((await fetch(`${gateway.url}${path}`)).status).to.equal(200)
  })
})
