/**
 * What officers do to agreements over HTTP: read, draft, check, compare, propose, resume, revoke, simulate, and the quality of what was sent. Decides nothing: each answer is
 * what the command at the desk prints as JSON. Refuses media it cannot read, members and parameters it does not know, more than 256 KiB of text, and a second simulation
 * while an officer's first goes on.
 */

import type { Draft } from '../core/agreement/draft.ts'
import { RequestError } from '../core/errors.ts'
import type { AgreementOfficers } from '../exchange/agreement/agreement-officers.ts'
import { idOf } from './agreements.ts'
import { type AskedByParty, FHIR_JSON, one, onlyKnown, sendJson } from './asked.ts'
import { MeteredBody, mediaType, readObject, readSmall } from './body.ts'
import { ThrottledError } from './outcomes.ts'
import { UPLOAD_MEDIA } from './submissions.ts'

const TEXT_BYTES = 256 * 1024
const WORD_BYTES = 16 * 1024
/** As it comes: packed or not, the exchange bounds what it unpacks to. */
const RECORD_BYTES = 8 * 1024 * 1024
const MOST_SUBMISSIONS = 1000
const USUAL_SUBMISSIONS = 12

async function textOf({ req, res, deps }: AskedByParty): Promise<string> {
  if (mediaType(req) !== 'application/json') throw new RequestError('unsupported-media-type', 'Set Content-Type: application/json.')
  const text = await readSmall(req, res, TEXT_BYTES, deps.limits.stallSeconds)
  if (text.trim() === '') throw new RequestError('empty-body')
  return text
}

/** The texts of these members, and no others. */
async function wordsOf<Name extends string>(
  { req, res, deps }: AskedByParty,
  names: readonly Name[]
): Promise<Readonly<Record<Name, string>>> {
  const body = await readObject(req, res, WORD_BYTES, deps.limits.stallSeconds)
  if (Object.keys(body).length !== names.length || names.some((name) => typeof body[name] !== 'string'))
    throw new RequestError('bad-request', `Send a JSON object of texts: ${names.join(', ')}.`)
  return body as Readonly<Record<Name, string>> // as was just looked at
}

/** A whole number in the query that may be left out. */
function numberIn(asked: AskedByParty, name: string, most: number): number | null {
  const text = one(asked.query, name)
  if (text === null) return null
  if (/^[1-9][0-9]{0,9}$/.test(text) && Number(text) <= most) return Number(text)
  throw new RequestError('bad-request', `${name} is a whole number from 1 to ${most}.`)
}

/** POST /agreements/{id}/draft: {source, recipient, purposeOfUse, mode}. */
export async function answerDraft(asked: AskedByParty): Promise<void> {
  const id = idOf(asked)
  const { mode, ...said } = await wordsOf(asked, ['source', 'recipient', 'purposeOfUse', 'mode'])
  const made: Draft = await asked.deps.agreementOfficers.draft(asked.caller, { id, ...said, mode: modeOf(mode) })
  sendJson(asked.res, 200, { agreement: made.agreement, left: made.left.map(([path, what]) => ({ path, what })) })
}

type Mode = Draft['agreement']['mode']
const MODES: readonly Mode[] = ['safe-harbor', 'limited-data-set', 'expert-determination', 'aggregate-only']

function modeOf(text: string): Mode {
  const mode = MODES.find((known) => known === text)
  if (mode === undefined) throw new RequestError('bad-request', `mode is one of ${MODES.join(', ')}.`)
  return mode
}

/** An answer about a text that was sent. */
function aboutText(
  ask: (door: AgreementOfficers, caller: AskedByParty['caller'], id: string, text: string) => Promise<unknown>
): (asked: AskedByParty) => Promise<void> {
  return async (asked) => {
    const id = idOf(asked)
    sendJson(asked.res, 200, await ask(asked.deps.agreementOfficers, asked.caller, id, await textOf(asked)))
  }
}

/** POST /agreements/{id}/check: the text of an agreement. */
export const answerCheck = aboutText((door, caller, id, text) => door.check(caller, id, text))
/** POST /agreements/{id}/diff: the text of an agreement. */
export const answerDiff = aboutText((door, caller, id, text) => door.diff(caller, id, text))
/** POST /agreements/{id}/proposals: {agreement, word}. */
export const answerProposal = aboutText((door, caller, id, text) => door.propose(caller, id, text))

function actOn(what: 'resume' | 'revoke'): (asked: AskedByParty) => Promise<void> {
  return async (asked) => {
    const id = idOf(asked)
    const { word, reason } = await wordsOf(asked, ['word', 'reason'])
    sendJson(asked.res, 200, await asked.deps.agreementOfficers.act(asked.caller, id, what, { jws: word.trim(), reason }))
  }
}

/** POST /agreements/{id}/resumption: {word, reason}. */
export const answerResumption = actOn('resume')
/** POST /agreements/{id}/revocation: {word, reason}. */
export const answerRevocation = actOn('revoke')

/** GET /agreements/{id}/explanation. */
export async function answerExplanation(asked: AskedByParty): Promise<void> {
  const id = idOf(asked, ['version'])
  sendJson(asked.res, 200, await asked.deps.agreementOfficers.explain(asked.caller, id, numberIn(asked, 'version', 2_147_483_647)))
}

/** GET /agreements/{id}/history. */
export async function answerHistory(asked: AskedByParty): Promise<void> {
  sendJson(asked.res, 200, await asked.deps.agreementOfficers.history(asked.caller, idOf(asked)))
}

/** GET /agreements/{id}/export?as=consent|contract. */
export async function answerAgreementExport(asked: AskedByParty): Promise<void> {
  const id = idOf(asked, ['as'])
  const as = one(asked.query, 'as')
  if (as !== 'consent' && as !== 'contract') throw new RequestError('bad-request', 'as is consent or contract.')
  sendJson(asked.res, 200, await asked.deps.agreementOfficers.exported(asked.caller, id, as), FHIR_JSON)
}

/** POST /agreements/{id}/simulation: records, as an upload has them. */
export async function answerSimulation(asked: AskedByParty): Promise<void> {
  const { req, res, house, deps, caller } = asked
  const id = idOf(asked)
  if (!UPLOAD_MEDIA.has(mediaType(req))) throw new RequestError('unsupported-media-type')
  const place = `${caller.party} simulations`
  if (!house.underWay.enter(place, 1)) throw new ThrottledError(1)
  const body = new MeteredBody(req, res, { ...deps.limits, uploadBytes: RECORD_BYTES })
  try {
    sendJson(res, 200, await deps.agreementOfficers.simulate(caller, id, body))
  } catch (error) {
    throw body.fault ?? error
  } finally {
    body.destroy()
    house.underWay.leave(place)
  }
}

/** GET /quality. */
export async function answerQuality(asked: AskedByParty): Promise<void> {
  onlyKnown(asked.query, ['agreement', 'last'])
  const last = numberIn(asked, 'last', MOST_SUBMISSIONS) ?? USUAL_SUBMISSIONS
  const told = await asked.deps.agreementOfficers.quality(asked.caller, { agreement: one(asked.query, 'agreement'), last })
  sendJson(asked.res, 200, { submissions: told })
}
