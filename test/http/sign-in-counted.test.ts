/** Which sign-ins by browser count as failed: those that a browser of ours waited for, and nothing that a page of another site can make one send. */
import { expect } from 'chai'
import type { Lockouts } from '../../gateway/exchange/identity/lockouts.ts'
import { away, useSessions } from '../support/sessions.ts'

describe('http: what counts as a sign-in that failed', function () {
  this.timeout(60_000)
  const told: string[] = []
  const lockouts: Lockouts = {
    wait: () => 0,
    failed: async (kind, claimed) => {
      told.push(`${kind} ${claimed}`)
      return 0
    },
    succeeded: async () => undefined
  }
  const stage = useSessions({ lockouts })

  it('only what a browser of ours waited for: no picture, frame or link of another site locks anybody out (CSRF on the sign-in)', async () => {
    const { gateway } = stage()
    const { browser, back } = await away(stage())
    const wrong = new URL(back)
    wrong.searchParams.set('state', 'A'.repeat(43))
    for (const foreign of [
      () => fetch(`${gateway.url}/session/callback?state=x`),
      () => fetch(back),
      () => fetch(`${gateway.url}/session/first-run?link=x`),
      () => browser.ask(wrong.href)
    ])
      expect((await foreign()).status).to.be.within(403, 404)
    expect(told).to.deep.equal([])
    const own = await away(stage())
    own.back.searchParams.set('code', 'not-the-code')
    expect((await own.browser.ask(own.back.href)).status).to.equal(403)
    expect(told).to.deep.equal(['officer callback'])
  })
})
