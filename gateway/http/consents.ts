/**
 * The hospital's word on its patients' choices over HTTP: NDJSON of opt-outs and FHIR Consents, in force when it is answered. Refuses media it cannot read, a
 * body beyond the limit, and a second list of a party while its first is under way: nothing is released meanwhile. A line that cannot be taken is told by its
 * number and code, and the others are in force.
 */
import { RequestError } from '../core/errors.ts'
import { type AskedByParty, one, onlyKnown, sendJson } from './asked.ts'
import { mediaType, readSmall } from './body.ts'
import { ThrottledError } from './outcomes.ts'

const LIST_BYTES = 16 * 1024 * 1024
const MEDIA = new Set([
  'application/fhir+ndjson',
  'application/ndjson',
  'application/x-ndjson',
  'application/fhir+json',
  'application/json'
])

/** POST /consents, or /consents?change=opt-in to take opt-outs back. */
export async function answerConsents(asked: AskedByParty): Promise<void> {
  onlyKnown(asked.query, ['change'])
  const change = one(asked.query, 'change') ?? 'opt-out'
  if (change !== 'opt-out' && change !== 'opt-in') throw new RequestError('bad-request', 'change is opt-out or opt-in.')
  if (!MEDIA.has(mediaType(asked.req))) throw new RequestError('unsupported-media-type', 'Set Content-Type: application/fhir+ndjson.')
  const { caller, deps, house, req, res } = asked
  // held until it is in force, not until the caller hangs up: it goes on all the same
  const place = `${caller.party} consents`
  if (!house.underWay.enter(place, 1)) throw new ThrottledError(1)
  try {
    const text = await readSmall(req, res, LIST_BYTES, deps.limits.stallSeconds)
    if (text.trim() === '') throw new RequestError('empty-body')
    sendJson(res, 200, await deps.consents.load(caller, change, text))
  } finally {
    house.underWay.leave(place)
  }
}
