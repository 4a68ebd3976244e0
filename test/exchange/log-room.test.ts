/** Back-pressure: above a bound of waiting entries nobody adds more, and the count is asked for so seldom that asking costs nothing. */
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import { UpstreamError } from '../../gateway/core/errors.ts'
import { sequence } from '../../gateway/exchange/log/log.ts'
import { watchLog } from '../../gateway/exchange/log/log-room.ts'
import { addEntries, useLog } from '../support/sealed-log.ts'

const COUNTED_AGAIN_MS = 300

describe('exchange/log-room', () => {
  const log = useLog()

  it('there is room up to the bound, none above it, and again once the sequencer has drained', async () => {
    const room = watchLog(log().pool, 50)
    expect(await room.free()).to.equal(true)
    await addEntries(log().pool, 0, 50)
    await pause(COUNTED_AGAIN_MS)
    expect(await room.free()).to.equal(true)
    await addEntries(log().pool, 50, 51)
    await pause(COUNTED_AGAIN_MS)
    expect(await room.free()).to.equal(false)
    const error = await room.require().catch((thrown: unknown) => thrown)
    expect(error).to.be.instanceOf(UpstreamError).with.include({ code: 'log-behind', retryAfterSeconds: 2 })
    await sequence(log())
    await pause(COUNTED_AGAIN_MS)
    await room.require()
  })

  it('a thousand who ask at once are one count', async () => {
    const asked: string[] = []
    const pool = new Proxy(log().pool, {
      get(target, name) {
        if (name === 'query') asked.push('query')
        const value: unknown = Reflect.get(target, name, target)
        return typeof value === 'function' ? value.bind(target) : value
      }
    })
    const room = watchLog(pool, 50)
    await Promise.all(Array.from({ length: 1000 }, () => room.require()))
    expect(asked).to.have.length(1)
  })

  it('a database that is away is told as that, and not remembered', async () => {
    const away = { query: async () => Promise.reject(Object.assign(new Error('cut'), { code: 'ECONNREFUSED' })) }
    const room = watchLog(away as never, 50) // a pool that is away answers nothing else
    const error = await room.require().catch((thrown: unknown) => thrown)
    expect(error).to.be.instanceOf(UpstreamError).with.property('code', 'database-unavailable')
  })
})
