/**
 * Disputes over HTTP, for the parties of them: open one, say something in it, read one's own. Refuses media it cannot read, members it does not know, and more
 * than a few KiB. What may be said, and by whom, the exchange decides.
 */
import { RequestError } from '../core/errors.ts'
import { type AskedByParty, onlyKnown, sendJson } from './asked.ts'
import { readObject } from './body.ts'
import { pathId } from './paths.ts'

/** 4000 characters, each written as an escape. */
const WORD_BYTES = 32 * 1024

/** The texts of these members, and no others. */
async function textsOf<Name extends string>(asked: AskedByParty, names: readonly Name[]): Promise<Readonly<Record<Name, string>>> {
  onlyKnown(asked.query, [])
  const body = await readObject(asked.req, asked.res, WORD_BYTES, asked.deps.limits.stallSeconds)
  const known = Object.keys(body).every((name) => (names as readonly string[]).includes(name))
  if (!known || names.some((name) => typeof body[name] !== 'string'))
    throw new RequestError('bad-request', `Send a JSON object of texts: ${names.join(', ')}.`)
  return body as Readonly<Record<Name, string>> // as was just looked at
}

/** GET /disputes: those of the caller, newest first. */
export async function answerDisputes(asked: AskedByParty): Promise<void> {
  onlyKnown(asked.query, [])
  sendJson(asked.res, 200, { disputes: await asked.deps.disputes.list(asked.caller.party) })
}

/** POST /disputes. */
export async function answerOpenDispute(asked: AskedByParty): Promise<void> {
  const view = await asked.deps.disputes.open(asked.caller.party, await textsOf(asked, ['dataset', 'about', 'text']))
  asked.res.setHeader('Location', `${asked.deps.publicUrl}/disputes/${view.id}`)
  sendJson(asked.res, 201, view)
}

/** GET /disputes/{id}. */
export async function answerDispute(asked: AskedByParty): Promise<void> {
  onlyKnown(asked.query, [])
  sendJson(asked.res, 200, await asked.deps.disputes.view(asked.caller.party, pathId(asked.params['id'])))
}

/** POST /disputes/{id}/statements. */
export async function answerDisputeStatement(asked: AskedByParty): Promise<void> {
  const id = pathId(asked.params['id'])
  const { text } = await textsOf(asked, ['text'])
  sendJson(asked.res, 201, await asked.deps.disputes.state(asked.caller.party, id, text))
}
