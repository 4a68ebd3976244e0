/**
 * An officer of this machine, where no provider is configured: comes by a link that was printed on the terminal, once, within ten minutes. NOT FOR PRODUCTION. Decides what he or she
 * may do: what an operator may, register the first parties and keep their keys, and see that something was, never what was in it. Refuses the link a
 * second time, and whenever the registry knows an officer by that name.
 */
import { randomBytes } from 'node:crypto'
import { sha256 } from '../../core/digest.ts'
import { RequestError } from '../../core/errors.ts'
import type { Registry } from '../../core/identity/registry.ts'
import { namedAt, same } from '../../core/identity/session.ts'
import type { Officer } from '../../generated/policy.ts'
import type { SessionRoom } from './session-room.ts'
import { type Arrival, begin, type SignedIn } from './sign-in.ts'

/** In place of an issuer: no provider is called so. */
export const FIRST_RUN = 'first-run'
const LINK_MS = 10 * 60_000

const OFFICER: Officer = {
  id: FIRST_RUN,
  name: 'Local officer of the first run',
  office: 'Not for production',
  roles: ['operator'],
  sees: ['metadata'],
  subject: FIRST_RUN,
  jwks: { keys: [] }
}

/** The link of one start of one gateway: kept in its memory alone, as a hash. */
export class FirstRun {
  #link: Buffer | null = null
  #until = 0
  readonly officer = OFFICER

  /** The secret of the link, to print. The one before is dead. */
  offer(at: Date): string {
    const secret = randomBytes(32).toString('base64url')
    this.#link = sha256(secret)
    this.#until = at.getTime() + LINK_MS
    return secret
  }

  /** Is this the link, and still good? Then it is not any more. */
  take(secret: string, at: Date): boolean {
    const link = this.#link
    if (link === null || at.getTime() >= this.#until || !same(sha256(secret), link)) return false
    this.#link = null
    return true
  }
}

/** A registry that knows this officer, too. The same for the same. */
export function knowingFirstRun(): (registry: Registry) => Registry {
  const made = new WeakMap<Registry, Registry>()
  return (registry) => {
    const known = made.get(registry)
    if (known !== undefined) return known
    const wider = registry.officers.has(FIRST_RUN) || registry.parties.has(FIRST_RUN) ? registry : withOfficer(registry)
    made.set(registry, wider)
    return wider
  }
}

function withOfficer(registry: Registry): Registry {
  return { ...registry, officers: new Map([...registry.officers, [FIRST_RUN, OFFICER]]) }
}

/** RequestError not-found: there is no such link, or not any more. */
export async function comeByLink(room: SessionRoom, link: string, arrival: Pick<Arrival, 'before' | 'address'>): Promise<SignedIn> {
  const { firstRun } = room
  if (firstRun === null || room.registry.officers.get(FIRST_RUN) !== firstRun.officer) throw new RequestError('not-found')
  if (!firstRun.take(link, room.now())) throw new RequestError('not-found')
  const subject = namedAt(FIRST_RUN, FIRST_RUN)
  const strength = { acr: null, amr: [] }
  const secret = await begin(room, { officer: firstRun.officer, subject, session: null, how: 'first-run', strength, arrival })
  return { secret, returnTo: '/session' }
}
