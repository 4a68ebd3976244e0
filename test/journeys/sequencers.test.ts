/**
 * Three programs that add entries and sequence at once, killed (kill -9), cut off (pg_terminate_backend), started again: no gap, no fork, no duplicate, nothing
 * lost, and a checkpoint never goes back. Each program tells what it has committed; the test compares that with the log and verifies the log from its leaves.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { verifyConsistency } from '../../gateway/core/log/proofs.ts'
import { sequence } from '../../gateway/exchange/log/log.ts'
import { fsck } from '../../gateway/exchange/log/log-fsck.ts'
import { proveConsistency } from '../../gateway/exchange/log/log-proofs.ts'
import { generateKeyRing } from '../../gateway/seal/generate.ts'
import { readKeyRing } from '../../gateway/seal/keyring.ts'
import { logVerifiers, openCheckpoint } from '../../gateway/seal/receipt.ts'
import { newestKept } from '../../gateway/store/kept-checkpoints.ts'
import { faultsOf, query } from '../support/house.ts'
import { type SealedLog, useLog } from '../support/sealed-log.ts'

const PROGRAM = fileURLToPath(new URL('../support/sequencer-program.ts', import.meta.url))
const ROUNDS = 8

interface Running {
  readonly child: ChildProcess
  readonly committed: string[]
  readonly ended: Promise<void>
}

describe('three sequencers at once', function () {
  this.timeout(120_000)
  const log = useLog()

  function start(rooms: SealedLog, keys: string, name: string): Running {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', PROGRAM, rooms.url, rooms.folder, keys, name], {
      stdio: ['pipe', 'pipe', 'inherit']
    })
    const committed: string[] = []
    let rest = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n')
      rest = lines.pop() ?? ''
      committed.push(...lines)
    })
    return { child, committed, ended: new Promise((resolve) => child.once('close', () => resolve())) }
  }

  /** No fork: each checkpoint is proved to go on from the one before. */
  async function expectOneHistory(rooms: SealedLog, verifiers: ReturnType<typeof logVerifiers>): Promise<void> {
    const notes = await query<{ note: string }>(rooms.url, 'SELECT note FROM checkpoint ORDER BY size')
    const signed = notes.map(({ note }) => openCheckpoint(note, verifiers))
    for (const [at, next] of signed.slice(1).entries()) {
      const before = signed[at] ?? next
      const proof = await proveConsistency(rooms.pool, before.size, next.size)
      expect(verifyConsistency({ size1: before.size, size2: next.size, root1: before.root, root2: next.root, proof })).to.equal(true)
    }
  }

  it('no gap, no fork, no duplicate, no loss, whatever is killed and whatever connection is cut', async () => {
    const files = [...generateKeyRing('test.example/log')]
    const keys = join(log().folder, 'ring.json')
    writeFileSync(keys, JSON.stringify(files))
    const rooms = { ...log(), ring: readKeyRing(new Map(files)) }
    const verifiers = logVerifiers([rooms.ring.log.current.vkey])
    const gone: Running[] = []
    const running = ['a', 'b', 'c'].map((name) => start(rooms, keys, name))
    let kept = 0n
    for (let round = 0; round < ROUNDS; round++) {
      await pause(500)
      if (round % 2 === 0) {
        const [victim] = running.splice(round % running.length, 1)
        victim?.child.kill('SIGKILL')
        await victim?.ended
        if (victim !== undefined) gone.push(victim)
        running.push(start(rooms, keys, `again${round}`))
      } else {
        await query(
          rooms.url,
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'sallyport' AND random() < 0.7"
        )
      }
      const note = (await newestKept(rooms.folder, rooms.ring.log.current.origin))?.note ?? null
      const size = note === null ? 0n : openCheckpoint(note, verifiers).size
      expect(size >= kept, 'a kept checkpoint goes back').to.equal(true)
      kept = size
    }
    for (const { child } of running) child.stdin?.end()
    await Promise.all(running.map(({ ended }) => ended))
    const size = await sequence(rooms)

    const committed = [...gone, ...running].flatMap(({ committed: keysOf }) => keysOf)
    const placed = (await query<{ key: string }>(rooms.url, 'SELECT key FROM log_entry ORDER BY index')).map(({ key }) => key)
    expect(committed.length).to.be.greaterThan(300)
    expect(BigInt(placed.length)).to.equal(size)
    expect(new Set(placed).size, 'no duplicate').to.equal(placed.length)
    const there = new Set(placed)
    expect(
      committed.filter((key) => !there.has(key)),
      'no loss'
    ).to.deep.equal([])
    expect(await faultsOf(rooms.url)).to.deep.equal([])
    const report = await fsck(rooms, { now: new Date() })
    expect(report).to.deep.include({ fault: null, size })
    expect(report.checkpoints).to.be.greaterThan(10)
    await expectOneHistory(rooms, verifiers)
  })
})
