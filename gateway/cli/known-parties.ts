/** Who is registered, for officers' commands: the folder of policies as this desk reads it, with the parties, officers and keys that the database knows by now. Decides nothing. */
import type { FolderPolicies } from '../core/agreement/policies.ts'
import type { Registry } from '../core/identity/registry.ts'
import type { RegistryRoom } from '../exchange/identity/registry-room.ts'
import type { Desk } from './desk.ts'

/** The folder, with who is registered in place of its parties and officers. */
export async function policiesHere({ pool, policiesDir }: Pick<Desk, 'pool' | 'policiesDir'>): Promise<FolderPolicies> {
  const { loadPolicies } = await import('../config/policies.ts')
  const { among } = await import('../core/identity/in-force.ts')
  const { registryNow } = await import('../exchange/identity/registry-live.ts')
  const folder = loadPolicies(policiesDir)
  return among(folder, await registryNow(pool, folder, new Date()))
}

/** What acts on the registry stand on, at a desk; and it as it is. */
export async function registryHere({ pool, policiesDir, partners }: Desk): Promise<RegistryRoom & { readonly registry: Registry }> {
  const { loadPolicies } = await import('../config/policies.ts')
  const { livingKeys, registryNow } = await import('../exchange/identity/registry-live.ts')
  const { partnerKeys } = await import('../partner-keys.ts')
  const folder = loadPolicies(policiesDir)
  const now = (): Date => new Date()
  const registry = await registryNow(pool, folder, now())
  const served = partnerKeys(
    { partners },
    () => registry.parties,
    ({ party, kind }) => process.stderr.write(`the keys of ${party} cannot be had: ${kind}\n`)
  )
  return { pool, folder, now, registry, keysOf: livingKeys(served, () => registry) }
}
