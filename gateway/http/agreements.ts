/**
 * Agreements over HTTP, for their own two sides and for officers who signed in: what was proposed and signed, a signed approval, the word that stops one. Refuses media it cannot read, words without
 * a name or a reason or with a control character, and more than a few KiB of either.
 */
import { RequestError } from '../core/errors.ts'
import { requireWord } from '../core/printable.ts'
import type { AgreementsDoor } from '../exchange/doors.ts'
import { type AskedByParty, onlyKnown, sendJson } from './asked.ts'
import { mediaType, readObject, readSmall } from './body.ts'

const WORD_BYTES = 8 * 1024

/** Whose door: the two sides see their own agreements, officers of the house all. */
function doorOf({ deps, caller }: AskedByParty): AgreementsDoor {
  return caller.role === 'officer' ? deps.agreementOfficers : deps.agreements
}

/** Of the agreement in the address; `known`: parameters the route takes. */
export function idOf(asked: AskedByParty, known: readonly string[] = []): string {
  onlyKnown(asked.query, known)
  const id = asked.params['id']
  if (typeof id === 'string' && /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(id)) return id
  throw new RequestError('agreement-unknown')
}

async function bodyOf(asked: AskedByParty, media: readonly string[]): Promise<string> {
  if (!media.includes(mediaType(asked.req))) throw new RequestError('unsupported-media-type', `Set Content-Type: ${media[0]}.`)
  const text = await readSmall(asked.req, asked.res, WORD_BYTES, asked.deps.limits.stallSeconds)
  if (text.trim() === '') throw new RequestError('empty-body')
  return text.trim()
}

async function wordOf(asked: AskedByParty): Promise<{ readonly officer: string; readonly reason: string }> {
  const { officer, reason, ...rest } = await readObject(asked.req, asked.res, WORD_BYTES, asked.deps.limits.stallSeconds)
  if (typeof officer !== 'string' || typeof reason !== 'string' || Object.keys(rest).length > 0)
    throw new RequestError('bad-request', 'Give officer and reason, and nothing else: both stand in the log.')
  requireWord({ officer, reason })
  return { officer, reason }
}

/** GET /agreements: those of the caller. */
export async function answerAgreements(asked: AskedByParty): Promise<void> {
  onlyKnown(asked.query, [])
  sendJson(asked.res, 200, { agreements: await doorOf(asked).list(asked.caller) })
}

/** GET /agreements/{id}. */
export async function answerAgreement(asked: AskedByParty): Promise<void> {
  sendJson(asked.res, 200, await doorOf(asked).read(asked.caller, idOf(asked)))
}

/** POST /agreements/{id}/approvals: a compact JWS. */
export async function answerApproval(asked: AskedByParty): Promise<void> {
  const id = idOf(asked)
  sendJson(asked.res, 200, await doorOf(asked).speak(asked.caller, id, await bodyOf(asked, ['application/jose'])))
}

/** POST /agreements/{id}/suspension: {officer, reason}. */
export async function answerSuspension(asked: AskedByParty): Promise<void> {
  const id = idOf(asked)
  sendJson(asked.res, 200, await doorOf(asked).suspend(asked.caller, id, await wordOf(asked)))
}
