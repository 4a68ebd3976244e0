/**
 * The certificate of an expert determination (45 CFR 164.514(b)(1)), as the profile carries it. Decides whether it is in force on a day: from the one
 * it was issued on up to, but not on, the one it expires on. Only an expert-determination profile has one.
 */
import type { Certificate, Profile } from '../deidentify/profile/profile.ts'

/** null: a profile of another mode. */
export function certificateOf(profile: Profile): Certificate | null {
  return 'certificate' in profile ? (profile.certificate ?? null) : null
}

/** `day` is YYYY-MM-DD in UTC, on which days begin. */
export function coversDay({ issued, expires }: Pick<Certificate, 'issued' | 'expires'>, day: string): boolean {
  return issued <= day && day < expires
}
