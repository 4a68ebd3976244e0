/**
 * Who may pass to a route, in order: an address from which too many prove nothing waits; the caller is proved; its own limits hold, whatever it may do; its power is asked as of now; and
 * where it was lent power, that is recorded. Refuses by the error of the first that fails.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { RequestError } from '../core/errors.ts'
import type { Caller } from '../exchange/doors.ts'
import type { House } from './asked.ts'
import { requirePower } from './authorise.ts'
import type { Gauge } from './buckets.ts'
import type { HttpDeps } from './deps.ts'
import { countedAt, requireRoom } from './origin.ts'
import { ThrottledError } from './outcomes.ts'
import type { PartyRow } from './routes.ts'
import { callerOf, proofIn } from './sessions.ts'

interface Exchange {
  readonly req: IncomingMessage
  readonly res: ServerResponse
}

/** Holds a place for the party until the response is over. ThrottledError. */
function admit(house: House, row: Pick<PartyRow, 'body'>, party: string, res: ServerResponse): void {
  const { limits, allowances, now } = house.deps
  const seconds = allowances.take('request', party, now())
  if (seconds > 0) throw new ThrottledError(seconds)
  hold(house.underWay, party, limits.concurrentPerParty, res)
  if (row.body === 'stream') hold(house.underWay, `${party} uploads`, limits.uploadsPerParty, res)
}

function hold(gauge: Gauge, key: string, limit: number, res: ServerResponse): void {
  if (!gauge.enter(key, limit)) throw new ThrottledError(1)
  res.once('close', () => gauge.leave(key))
}

/** Who asks. What brings nothing that could prove it is a stranger's request; what brings something wrong is counted apart, for it costs a verification. */
async function proved(deps: HttpDeps, { req, res }: Exchange): Promise<Caller> {
  if (proofIn(deps, req) === null) requireRoom(deps, req)
  const { allowances, now } = deps
  const place = countedAt(deps, req)
  const seconds = allowances.wait('unproved', place, now())
  if (seconds > 0) throw new ThrottledError(seconds)
  try {
    return await callerOf(deps, req, res)
  } catch (error) {
    if (error instanceof RequestError && error.code !== 'token-missing') allowances.take('unproved', place, now())
    throw error
  }
}

/** The caller; `known` hears who it is as soon as that is proved. */
export async function letIn(house: House, row: PartyRow, exchange: Exchange, known: (party: string) => void): Promise<Caller> {
  const { identities, emergencies } = house.deps
  const caller = await proved(house.deps, exchange)
  known(caller.party)
  admit(house, row, caller.party, exchange.res)
  requirePower(identities, caller, row)
  await emergencies.used(caller, row.path)
  return caller
}
