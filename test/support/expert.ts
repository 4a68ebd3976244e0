/** The expert-determination profile of a site, changed before its gateway starts: releases as often as tests make them, and what a test declares of risk. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RiskRule } from '../../gateway/core/deidentify/profile/profile.ts'
import { nameProfiles, type Site } from './gateway.ts'

export const EXPERT = 'demo-expert-determination'
/** Every other agreement of the demo's hospital: null, not there. */
export const OTHERS = { 'demo-safe-harbor': null, 'demo-transport-only': null } as const
export const OFTEN = { releaseWindow: { every: 'PT1S', attestation: null } } as const

interface Profile {
  readonly certificate: object
  readonly elements: Readonly<Record<string, object>>
  readonly risk: RiskRule
}

/** The expert's certificate, for releases as often as the tests make them. */
export function certifiedOften(site: Site, declare: (risk: RiskRule) => RiskRule = (risk) => risk): Site {
  const path = join(site.env['SALLYPORT_POLICIES_DIR'] ?? '', 'profiles', 'expert-determination', 'profile.json')
  const profile = JSON.parse(readFileSync(path, 'utf8')) as Profile
  const changed = { ...profile, certificate: { ...profile.certificate, every: 'PT1S' }, risk: declare(profile.risk) }
  writeFileSync(path, JSON.stringify(changed))
  return nameProfiles(site)
}

/** The same, and notes hold invented values in place of what identified; documents hold brackets, as shipped. */
export function inventingNotes(site: Site): Site {
  const path = join(certifiedOften(site).env['SALLYPORT_POLICIES_DIR'] ?? '', 'profiles', 'expert-determination', 'profile.json')
  const profile = JSON.parse(readFileSync(path, 'utf8')) as Profile
  const elements = { ...profile.elements, 'Annotation.text': { ...profile.elements['Annotation.text'], cover: 'surrogate' } }
  writeFileSync(path, JSON.stringify({ ...profile, elements }))
  return nameProfiles(site)
}
