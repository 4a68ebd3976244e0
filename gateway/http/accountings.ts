/**
 * Officers over HTTP: POST /accountings, and the lists of suspensions and incidents. Patients are named in a body only, never in an address. Refuses
 * parameters, other media types, and a second accounting while an officer's first is being made.
 */
import { type AskedByParty, onlyKnown, sendJson } from './asked.ts'
import { readObject } from './body.ts'
import { ThrottledError } from './outcomes.ts'

const BODY_BYTES = 16 * 1024
/** POST /accountings. */
export async function answerAccounting(asked: AskedByParty): Promise<void> {
  const { req, res, query, house, deps, caller } = asked
  onlyKnown(query, [])
  const request = house.readAccounting(await readObject(req, res, BODY_BYTES, deps.limits.stallSeconds))
  // held until it is made, not until the caller hangs up: it goes on all the same
  const place = `${caller.party} accountings`
  if (!house.underWay.enter(place, 1)) throw new ThrottledError(1)
  try {
    sendJson(res, 200, await deps.accountings.make(caller, request))
  } finally {
    house.underWay.leave(place)
  }
}

/** GET /accountings/suspensions. */
export async function answerSuspensions(asked: AskedByParty): Promise<void> {
  onlyKnown(asked.query, [])
  sendJson(asked.res, 200, { suspensions: await asked.deps.accountings.suspensions(asked.caller) })
}

/** GET /incidents. */
export async function answerIncidents(asked: AskedByParty): Promise<void> {
  onlyKnown(asked.query, [])
  sendJson(asked.res, 200, { incidents: await asked.deps.accountings.incidents(asked.caller) })
}
