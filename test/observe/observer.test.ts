/** Events: one line each, only what the row lists, nothing that does not look like ours. */
import { expect } from 'chai'
import { UpstreamError } from '../../gateway/core/errors.ts'
import type { Observe } from '../../gateway/exchange/house.ts'
import type { HttpObserver } from '../../gateway/http/deps.ts'
import { createObserver } from '../../gateway/observe/observer.ts'

const at = new Date('2026-01-02T03:04:05.678Z')

function observed(level: 'debug' | 'info' = 'info'): { observer: ReturnType<typeof createObserver>; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = []
  const observer = createObserver({ level, now: () => at, write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>) })
  return { observer, lines }
}

describe('observe', () => {
  it('an event is one line of JSON with when, how grave, what and the attributes of its row', () => {
    const { observer, lines } = observed()
    observer.uploadKept({ submission: 's-1', party: 'demo-hospital', received: 10, rejected: 1, bytes: 2048, milliseconds: 12.345 })
    expect(lines).to.deep.equal([
      {
        at: '2026-01-02T03:04:05.678Z',
        level: 'info',
        event: 'upload-kept',
        says: 'an upload is durable and encrypted',
        submission: 's-1',
        party: 'demo-hospital',
        received: 10,
        rejected: 1,
        bytes: 2048,
        milliseconds: 12.3
      }
    ])
  })

  it('a text that does not look like ours becomes ?, and what no row lists is left out (house rule 9)', () => {
    const { observer, lines } = observed()
    const planted = { party: 'Ann Example 1931-02-03', name: 'Ann' }
    observer.tokenGranted(planted)
    expect(lines[0]).to.include({ party: '?' }).and.not.to.have.property('name')
  })

  it('of an error only class and code are shown, never its message', () => {
    const { observer, lines } = observed()
    const error = new UpstreamError('database-unavailable', 5, new Error('duplicate key (name)=(Ann)'))
    observer.requestFailed({ route: 'PUT /submissions/:id/files/:name', code: 'database-unavailable', request: 'r-1', error })
    observer.requestFailed({
      route: 'r',
      code: 'internal',
      request: 'r-2',
      error: Object.assign(new Error('Ann'), { name: 'Ann Example' })
    })
    expect(lines[0]).to.include({ error: 'UpstreamError database-unavailable', route: 'PUT /submissions/:id/files/:name' })
    expect(lines[1]).to.include({ error: '?' })
    expect(JSON.stringify(lines)).to.not.contain('Ann')
  })

  it('events below the level are not logged', () => {
    const { observer, lines } = observed('info')
    observer.stepDone({ kind: 'release-bucket', target: 'd-1', milliseconds: 3 })
    expect(lines).to.deep.equal([])
  })

  it('what the exchange and the HTTP side tell of, the observer understands', () => {
    const { observer } = observed()
    const exchange: Observe = observer
    const http: HttpObserver = observer
    expect(exchange).to.equal(http)
  })
})
