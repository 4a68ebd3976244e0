/** Exports of a log that was given another origin: each part of it is proved by whoever holds the keys. */
import { expect } from 'chai'
import type { Rooms } from '../../gateway/exchange/house.ts'
import { sequence } from '../../gateway/exchange/log/log.ts'
import { exportEnd, exportLines } from '../../gateway/exchange/log/log-export.ts'
import { generateKeyRing } from '../../gateway/seal/generate.ts'
import { readKeyRing } from '../../gateway/seal/keyring.ts'
import { ownVerifiers } from '../../gateway/seal/receipt.ts'
import { checkExport } from '../../gateway/seal/verify/export.ts'
import { addEntries, growTo, useLog } from '../support/sealed-log.ts'

const AT = new Date('2026-06-01T00:00:00Z')

describe('exchange/log-export: after the last resort (gateway/README.md, "A log that does not fit its checkpoint")', () => {
  const log = useLog()
  const fresh = readKeyRing(generateKeyRing('another.example/log'))

  async function checked(rooms: Rooms, first: bigint, size: bigint | null): Promise<Awaited<ReturnType<typeof checkExport>>> {
    const request = { first, size, bodies: 'all', at: AT } as const
    const end = await exportEnd(rooms, request)
    async function* lines(): AsyncGenerator<Buffer> {
      for await (const text of exportLines(rooms, request, end)) for (const line of text.trimEnd().split('\n')) yield Buffer.from(line)
    }
    return checkExport(lines(), ownVerifiers(rooms.ring))
  }

  it('the old part, the new one and the whole are of the origin they end with, and proved with the pins of both keys', async () => {
    await growTo(log(), [5, 8])
    const rooms = { ...log(), ring: { ...log().ring, log: { current: fresh.log.current, retired: [log().ring.log.current] } } }
    await addEntries(rooms.pool, 8, 12)
    expect(await sequence(rooms)).to.equal(12n)
    for (const [first, size, origin, checkpoints] of [
      [0n, 5n, 'test.example/log', 1],
      [0n, 8n, 'test.example/log', 2],
      [2n, 8n, 'test.example/log', 2],
      [0n, null, 'another.example/log', 1],
      [8n, 12n, 'another.example/log', 1]
    ] as const) {
      const found = await checked(rooms, first, size)
      expect(found, `${first}-${size}`).to.deep.nested.include({ 'ok': true, 'found.origin': origin, 'found.checkpoints': checkpoints })
    }
  })
})
