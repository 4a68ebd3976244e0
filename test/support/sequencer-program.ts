/** A program that adds entries as fast as it can and runs a sequencer beside: tells each key on a line of its own once it is committed. Ends when its stdin does. */
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { append } from '../../gateway/exchange/log/log.ts'
import { startSequencer } from '../../gateway/exchange/log/sequencer.ts'
import { createObserver } from '../../gateway/observe/observer.ts'
import { readKeyRing } from '../../gateway/seal/keyring.ts'
import { openPool, transaction } from '../../gateway/store/pool.ts'

const [url = '', folder = '', keys = '', name = ''] = process.argv.slice(2)
const ring = readKeyRing(new Map(JSON.parse(readFileSync(keys, 'utf8')) as [string, string][]))
const pool = openPool(url, 6)
const leaving = new AbortController()
process.stdin.resume().on('end', () => leaving.abort())
const observe = createObserver({ level: 'warn' })
const sequencer = startSequencer({ pool, folder, ring, observe }, 20, () => undefined)

async function write(writer: number): Promise<void> {
  for (let n = 0; !leaving.signal.aborted; n++) {
    const key = `${name}:${writer}:${n}`
    try {
      await transaction(pool, (client) =>
        append(client, key, { v: 1, kind: 'file-delivered', at: new Date().toISOString(), recipient: name })
      )
      process.stdout.write(`${key}\n`)
    } catch {
      n -= 1 // the connection was cut: the same entry again, under its key
      await pause(20)
    }
  }
}

await Promise.all([write(0), write(1), write(2)])
await sequencer.stop()
await pool.end()
