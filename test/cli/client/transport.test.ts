import { expect } from 'chai'
import { retryAfterMs, serverBase, waitBefore } from '../../../gateway/cli/client/transport.ts'

describe('the client transport', () => {
  it('waits as Retry-After says, in seconds or until a date (RFC 9110 §10.2.3)', () => {
    const now = Date.parse('2026-01-01T00:00:00Z')
    expect(waitBefore(1, 429, '7', now, 0.5)).to.equal(7000)
    expect(waitBefore(1, 503, 'Thu, 01 Jan 2026 00:00:30 GMT', now, 0.5)).to.equal(30_000)
    expect(retryAfterMs('soon', now)).to.equal(null)
  })

  it('waits twice as long each time otherwise, up to half a minute, then gives up', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7].map((attempt) => waitBefore(attempt, 503, null, 0, 0.5))
    expect(waits).to.deep.equal([400, 800, 1600, 3200, 6400, 12_800, 25_600])
    expect(waitBefore(8, 503, null, 0, 0.5)).to.equal(null)
    expect(waitBefore(4, 503, null, 0, 0.5, 4), 'sooner where nothing ever answered').to.equal(null)
  })

  it('does not wait for what will not change, nor for hours', () => {
    for (const status of [200, 400, 401, 403, 404, 409, 413, 500]) expect(waitBefore(1, status, '1', 0, 0.5)).to.equal(null)
    expect(waitBefore(1, 503, '3600', 0, 0.5)).to.equal(null)
  })

  it('takes https anywhere and http on this machine only', () => {
    expect(serverBase('https://gateway.example.org/')).to.equal('https://gateway.example.org')
    expect(serverBase('http://127.0.0.1:8480')).to.equal('http://127.0.0.1:8480')
    for (const address of ['http://gateway.example.org', 'http://127.0.0.1.example.org', 'ftp://localhost', 'gateway']) {
      expect(() => serverBase(address)).to.throw()
    }
  })
})
