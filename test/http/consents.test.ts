/** POST /consents at the door: one list of a party at a time, whatever it waits for. */
import { expect } from 'chai'
import { after, before } from 'mocha'
import { type HttpGateway, startHttpGateway } from '../support/http-gateway.ts'

describe('http: lists of consents', () => {
  const kept: { gateway?: HttpGateway } = {}
  const gateway = (): HttpGateway => kept.gateway as HttpGateway // made before the first test
  before(async () => {
    kept.gateway = await startHttpGateway({ limits: { stallSeconds: 2 } })
  })
  after(() => gateway().stop())

  async function post(body: unknown): Promise<Response> {
    const headers = { 'content-type': 'application/fhir+ndjson', authorization: `Bearer ${await gateway().token('demo-hospital')}` }
    return fetch(`${gateway().url}/consents`, { method: 'POST', headers, body, duplex: 'half' } as RequestInit)
  }

  it('a second list is told to come again while the first is on its way; once that is answered it is taken', async () => {
    const rest: { end: () => void } = { end: () => undefined }
    const slow = new ReadableStream({
      start: (controller) => {
        controller.enqueue(Buffer.from('1\n'))
        rest.end = () => {
          controller.enqueue(Buffer.from('2\n'))
          controller.close()
        }
      }
    })
    const first = post(slow)
    // the first has been let in once the second is not
    const statuses: number[] = []
    while (!statuses.includes(429) && statuses.length < 50) statuses.push((await post('3\n')).status)
    expect(statuses).to.include(429)
    rest.end()
    expect((await first).status).to.equal(200)
    expect((await post('3\n')).status).to.equal(200)
  })

  it('a list that never ends leaves the place when it is given up', async () => {
    const endless = new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from('1\n')) })
    expect((await post(endless)).status).to.equal(408)
    expect((await post('3\n')).status).to.equal(200)
  })
})
