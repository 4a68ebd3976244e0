/**
 * Break-glass over HTTP: an officer asks for what lies beyond his or her file, others read what was asked and approve it, and it is ended. Decides how the bodies are read; the exchange
 * decides the rest. Refuses members it does not know, and approvals that do not name the text that was read.
 */
import { RequestError } from '../core/errors.ts'
import { HOUSE_ROLES, MOST_HOURS, USUAL_HOURS } from '../core/identity/emergency.ts'
import type { Asking, Word } from '../exchange/identity/emergencies.ts'
import { type AskedByParty, onlyKnown, sendJson } from './asked.ts'
import { readObject } from './body.ts'
import { pathId } from './paths.ts'

const BYTES = 16 * 1024
const SEES = ['metadata', 'content', 'resend'] as const

type Body = Readonly<Record<string, unknown>>

async function bodyOf({ req, res, deps, query }: AskedByParty, members: readonly string[]): Promise<Body> {
  onlyKnown(query, [])
  const body = await readObject(req, res, BYTES, deps.limits.stallSeconds)
  if (Object.keys(body).some((name) => !members.includes(name)))
    throw new RequestError('bad-request', `Send a JSON object of: ${members.join(', ')}.`)
  return body
}

/** A list of some of these, each once; none where it is not there. */
function listOf<T extends string>(value: unknown, known: readonly T[], name: string): readonly T[] {
  if (value === undefined) return []
  const given: readonly unknown[] = Array.isArray(value) ? value : [null]
  const listed = known.filter((one) => given.includes(one))
  if (listed.length !== given.length) throw new RequestError('bad-request', `${name} is a list of some of: ${known.join(', ')}.`)
  return listed
}

function askingOf({ roles, sees, hours = USUAL_HOURS, reason }: Body): Asking {
  if (typeof hours !== 'number' || typeof reason !== 'string')
    throw new RequestError('bad-request', `hours is a whole number from 1 to ${MOST_HOURS}, and reason a text.`)
  return { roles: listOf(roles, HOUSE_ROLES, 'roles'), sees: listOf(sees, SEES, 'sees'), hours, reason }
}

function wordOf({ hash, word }: Body): Word {
  if (typeof hash === 'string' && word === undefined) return { hash }
  if (typeof word === 'string' && hash === undefined) return { jws: word.trim() }
  throw new RequestError('bad-request', 'Send {"hash"}: that of the request as you read it; or {"word"}: what you signed of it.')
}

/** POST /emergencies: {roles, sees, hours, reason}. */
export async function answerEmergencyAsked(asked: AskedByParty): Promise<void> {
  const asking = askingOf(await bodyOf(asked, ['roles', 'sees', 'hours', 'reason']))
  sendJson(asked.res, 201, await asked.deps.emergencies.ask(asked.caller, asking))
}

/** GET /emergencies: those asked for and standing, and the newest of those that have ended. */
export async function answerEmergencies({ deps, res, query, caller }: AskedByParty): Promise<void> {
  onlyKnown(query, [])
  sendJson(res, 200, { emergencies: await deps.emergencies.list(caller) })
}

/** GET /emergencies/{id}. */
export async function answerEmergency({ deps, res, params, query, caller }: AskedByParty): Promise<void> {
  onlyKnown(query, [])
  sendJson(res, 200, await deps.emergencies.read(caller, pathId(params['id'])))
}

/** POST /emergencies/{id}/approvals: {hash} or {word}. */
export async function answerEmergencyApproval(asked: AskedByParty): Promise<void> {
  const id = pathId(asked.params['id'])
  const word = wordOf(await bodyOf(asked, ['hash', 'word']))
  sendJson(asked.res, 200, await asked.deps.emergencies.approve(asked.caller, id, word))
}

/** POST /emergencies/{id}/end. */
export async function answerEmergencyEnd(asked: AskedByParty): Promise<void> {
  onlyKnown(asked.query, [])
  sendJson(asked.res, 200, await asked.deps.emergencies.end(asked.caller, pathId(asked.params['id'])))
}
