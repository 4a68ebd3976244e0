/**
 * A gateway's own life in the log: it started, it stopped (asked, or by a fault), and whoever ended without a word (kill -9, power) is told of by the
 * others or by the next to start. Decides who is lost only after a minute in which the database could be reached: before, all would look lost.
 */
import { randomUUID } from 'node:crypto'
import { transaction } from '../../store/pool.ts'
import { deleteRun, insertRun, seeRun, takeLostRuns } from '../../store/runs.ts'
import type { House } from '../house.ts'
import { append } from './log.ts'

export type StopReason = 'asked' | 'fault'

type Standing = Pick<House, 'pool' | 'policies' | 'now' | 'replica'>

export interface Run {
  /** Still here; tells of those who are not. */
  seen(): Promise<void>
  end(reason: StopReason): Promise<void>
}

const LOST_SECONDS = 60

/** Commits that this gateway started, with the hashes of what it enforces. */
export async function beginRun(house: Standing, version: string): Promise<Run> {
  const id = randomUUID()
  const { policies, replica } = house
  const statement = {
    v: 1,
    kind: 'gateway-started',
    at: house.now().toISOString(),
    run: id,
    replica,
    version,
    agreements: [...policies.agreements.values()].map(({ hash }) => hash).sort(),
    profiles: [...policies.profiles.values()].map(({ hash }) => hash).sort()
  } as const
  await transaction(house.pool, async (client) => {
    await insertRun(client, id, replica)
    await append(client, `gateway-started:${id}`, statement)
  })
  const healthy = { since: performance.now() }
  return {
    seen: async () => {
      try {
        await seeRun(house.pool, id, house.replica)
      } catch (error) {
        healthy.since = performance.now()
        throw error
      }
      if (performance.now() - healthy.since > LOST_SECONDS * 1000) await noteLost(house, LOST_SECONDS)
    },
    end: async (reason) => {
      const told = { v: 1, kind: 'gateway-stopped', at: house.now().toISOString(), run: id, reason } as const
      await transaction(house.pool, async (client) => {
        if ((await deleteRun(client, id)) === 1) await append(client, `gateway-stopped:${id}`, told)
      })
    }
  }
}

/** An entry for each gateway that was not seen for so long and whose number is free; how many. */
export async function noteLost({ pool, now }: Pick<House, 'pool' | 'now'>, unseenSeconds: number): Promise<number> {
  return transaction(pool, async (client) => {
    const lost = await takeLostRuns(client, unseenSeconds)
    for (const { id, replica, seen_at } of lost) {
      const at = now().toISOString()
      const told = { v: 1, kind: 'gateway-stopped', at, run: id, replica, reason: 'fault', lastSeen: seen_at.toISOString() } as const
      await append(client, `gateway-stopped:${id}`, told)
    }
    return lost.length
  })
}
