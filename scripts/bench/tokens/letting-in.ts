/** All that is asked before a row answers, timed: is there room in the log, who is it (token, live registry and how fresh it is), has it requests left, may it, was it lent anything. Without the network: a request as express hands it over. */
import { EventEmitter } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { Pool } from 'pg'
import { addressMac } from '../../../gateway/exchange/audit/refusals.ts'
import type { House } from '../../../gateway/exchange/house.ts'
import { Allowances } from '../../../gateway/exchange/identity/allowances.ts'
import { openEmergencies } from '../../../gateway/exchange/identity/emergencies.ts'
import { keepRegistry } from '../../../gateway/exchange/identity/registry-live.ts'
import { watchLog } from '../../../gateway/exchange/log/log-room.ts'
import { Gauge } from '../../../gateway/http/buckets.ts'
import { DEFAULT_LIMITS } from '../../../gateway/http/deps.ts'
import { letIn } from '../../../gateway/http/let-in.ts'
import { type PartyRow, ROUTES } from '../../../gateway/http/routes.ts'
import { identities } from '../../../gateway/identities.ts'
import { createObserver } from '../../../gateway/observe/observer.ts'
import { issueToken } from '../../../gateway/seal/token.ts'
import { standingEmergencies } from '../../../gateway/store/emergencies.ts'
import { houseIn, type World } from '../../../test/support/token-gateway.ts'

export const PARTIES = 100

export function quantile(values: readonly number[], q: number): number {
  return values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))] ?? 0
}

/** As express hands it over. */
export function requestWith(token: string): IncomingMessage {
  const authorization = `Bearer ${token}`
  const rawHeaders = ['Host', 'gateway.example', 'Authorization', authorization]
  return { rawHeaders, headers: { host: 'gateway.example', authorization }, socket: new Socket() } as IncomingMessage
}

/** Passed to this row, as app.ts does it. */
function rowOf(method: string, path: string): PartyRow {
  const row = ROUTES.find((one) => one.method === method && one.path === path)
  if (row === undefined || row.power === null) throw new Error('there is no such row')
  return row
}

/** Over the live registry of these parties. */
export async function lettingIn(world: World, pool: Pool): Promise<{ readonly p50: number; readonly p99: number }> {
  const publicUrl = 'https://gateway.example'
  const live = await keepRegistry(
    { pool, now: () => new Date(), observe: createObserver({ level: 'silent' }), emergencies: standingEmergencies },
    { parties: world.registry.parties, officers: new Map() }
  )
  const house = {
    ...houseIn(world, pool),
    requireFreshPolicies: () => live.requireFresh(),
    get registry() {
      return live.now()
    }
  }
  const limits = { ...DEFAULT_LIMITS, requestsPerMinute: 60_000_000 }
  const allowances = new Allowances(limits, (address) => addressMac(world.ring.names(), address))
  const logRoom = watchLog(pool, 100_000)
  const deps = {
    publicUrl,
    limits,
    allowances,
    logRoom,
    now: Date.now,
    identities: identities(house as unknown as House, publicUrl, { byKey: 'on' }),
    emergencies: openEmergencies(house as unknown as Parameters<typeof openEmergencies>[0])
  }
  const inside = { deps, underWay: new Gauge() } as unknown as Parameters<typeof letIn>[0] // the rest is not asked
  const row = rowOf('GET', '/fhir/Group/:agreement/$export')
  const tokens: string[] = []
  for (let n = 0; n < 1000; n++) {
    const grant = { party: `party-${n % PARTIES}`, role: 'insurer', scopes: ['system/*.rs'], certificate: null } as const
    tokens.push(await issueToken(world.ring.token, publicUrl, grant, new Date(), 300))
  }
  const took: number[] = []
  for (let round = 0; round < 20; round++) {
    for (const token of tokens) {
      const [req, res] = [requestWith(token), new EventEmitter()]
      const started = performance.now()
      await logRoom.require()
      await letIn(inside, row, { req, res: res as ServerResponse }, () => undefined)
      if (round > 1) took.push((performance.now() - started) * 1000)
      res.emit('close')
    }
  }
  await live.stop()
  return { p50: quantile(took, 0.5), p99: quantile(took, 0.99) }
}
