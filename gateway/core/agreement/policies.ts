/** The signed policies as the gateway holds them in memory: parties, agreements, profiles and that of the log, each but parties with its hash. Decides nothing. */
import type { Agreement, LogPolicy, Officer, Party } from '../../generated/policy.ts'
import type { Certificate, Profile } from '../deidentify/profile/profile.ts'
import type { AgreementState } from './life.ts'

/** `hash` is contentHash of the whole document: it stands in every decision and log entry. */
export interface HashedAgreement {
  readonly agreement: Agreement
  readonly hash: string
  /** that of the profile it names; null where the mode is not expert-determination */
  readonly certificate: Certificate | null
  /** no part of the text: what the gateway knows of it. Only 'active' lets anything in or out. */
  readonly state: AgreementState
}

export interface HashedProfile {
  readonly profile: Profile
  readonly hash: string
}

export interface HashedLogPolicy {
  readonly policy: LogPolicy
  readonly hash: string
}

export interface Policies {
  /** by party id */
  readonly parties: ReadonlyMap<string, Party>
  /** by agreement id */
  readonly agreements: ReadonlyMap<string, HashedAgreement>
  /** who may propose and approve agreements at the house, by id */
  readonly officers: ReadonlyMap<string, Officer>
  /** by profileKey */
  readonly profiles: ReadonlyMap<string, HashedProfile>
  /** null: what entries say is kept for ever */
  readonly log: HashedLogPolicy | null
}

/** What the folder holds: its agreements are drafts, with the signed words that lie beside each (compact JWS, not yet verified), by id. */
export interface FolderPolicies extends Policies {
  readonly approvals: ReadonlyMap<string, readonly string[]>
}

/** `safe-harbor@1`: how an agreement names a profile. */
export function profileKey(profile: { readonly name: string; readonly version: number }): string {
  return `${profile.name}@${profile.version}`
}

/** The profile that an agreement names, of the very text it names; undefined where there is none, or another text under its name. */
export function profileOf({ profiles }: Pick<Policies, 'profiles'>, { profile }: Pick<Agreement, 'profile'>): HashedProfile | undefined {
  const found = profiles.get(profileKey(profile))
  return found?.hash === profile.hash ? found : undefined
}
