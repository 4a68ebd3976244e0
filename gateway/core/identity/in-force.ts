/** What the standing of parties does to policies: who is registered takes the place of what the folder says, and an agreement with a side that may not sign in is not in force. Decides nothing else. */
import type { FolderPolicies, HashedAgreement, Policies } from '../agreement/policies.ts'
import type { Registry, Standing } from './registry.ts'

/** The folder, with who is registered by now in place of its parties and officers. */
export function among(folder: FolderPolicies, { parties, officers }: Registry): FolderPolicies {
  return { ...folder, parties, officers }
}

/** Of an agreement's sides: what stops it meanwhile, or for good. */
function stoppedBy({ agreement: { source, recipient } }: HashedAgreement, { standings }: Registry): Exclude<Standing, 'active'> | null {
  const stands = [standings.get(source), standings.get(recipient)]
  return stands.includes('revoked') ? 'revoked' : stands.includes('suspended') ? 'suspended' : null
}

/** An agreement with a side that is suspended or revoked is not in force meanwhile. */
export function withStandings(policies: Policies, registry: Registry): Policies {
  const { parties, officers, standings } = registry
  if (standings.size === 0) return { ...policies, parties, officers }
  const agreements = new Map(policies.agreements)
  for (const [id, entry] of policies.agreements) {
    const state = entry.state === 'active' ? stoppedBy(entry, registry) : null
    if (state !== null) agreements.set(id, { ...entry, state })
  }
  return { ...policies, parties, officers, agreements }
}
