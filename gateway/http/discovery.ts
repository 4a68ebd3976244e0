/** What anyone may read: SMART discovery, the CapabilityStatement, public keys, and whether the gateway lives. */
import { PROFILE } from '../core/audit/codes.ts'
import { SEARCH_PARAMETERS } from '../core/audit/search.ts'
import { UpstreamError } from '../core/errors.ts'
import { type Asked, FHIR_JSON, sendJson } from './asked.ts'
import type { Readiness } from './deps.ts'
import { OFFERED_SCOPES } from './scopes.ts'

/** Authorization server metadata (RFC 8414; RFC 8705 §3.3). */
function authorizationServer({ deps }: Asked): Readonly<Record<string, unknown>> {
  const base = deps.publicUrl
  const methods = ['private_key_jwt', ...(deps.identities.offersSecrets() ? ['client_secret_basic', 'client_secret_post'] : [])]
  const algorithms = ['RS384', 'ES384']
  return {
    issuer: base,
    token_endpoint: `${base}/oauth/token`,
    token_endpoint_auth_methods_supported: methods,
    token_endpoint_auth_signing_alg_values_supported: algorithms,
    grant_types_supported: ['client_credentials'],
    response_types_supported: [],
    scopes_supported: OFFERED_SCOPES,
    introspection_endpoint: `${base}/oauth/introspect`,
    revocation_endpoint: `${base}/oauth/revoke`,
    revocation_endpoint_auth_methods_supported: methods,
    revocation_endpoint_auth_signing_alg_values_supported: algorithms,
    tls_client_certificate_bound_access_tokens: true
  }
}

export async function answerAuthorizationServer(asked: Asked): Promise<void> {
  sendJson(asked.res, 200, authorizationServer(asked))
}

/** SMART App Launch 2, conformance for Backend Services. */
export async function answerSmartConfiguration(asked: Asked): Promise<void> {
  sendJson(asked.res, 200, {
    ...authorizationServer(asked),
    code_challenge_methods_supported: ['S256'],
    capabilities: ['client-confidential-asymmetric', 'permission-v1', 'permission-v2']
  })
}

const OAUTH_URIS = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris'
const EXPORT = 'http://hl7.org/fhir/uv/bulkdata/OperationDefinition/group-export'

function security(base: string): Readonly<Record<string, unknown>> {
  return {
    extension: [{ url: OAUTH_URIS, extension: [{ url: 'token', valueUri: `${base}/oauth/token` }] }],
    service: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/restful-security-service', code: 'SMART-on-FHIR' }] }],
    description: 'SMART Backend Services: client_credentials with private_key_jwt (RS384, ES384).'
  }
}

/** FHIR R4 CapabilityStatement. Stock bulk clients export nothing when it is cacheable: no-store like every answer. */
export async function answerMetadata(asked: Asked): Promise<void> {
  const { publicUrl, version } = asked.deps
  const group = {
    type: 'Group',
    documentation: 'A data-sharing agreement: its id is the Group id.',
    operation: [{ name: 'export', definition: EXPORT }]
  }
  const log = {
    type: 'AuditEvent',
    supportedProfile: Object.values(PROFILE),
    documentation:
      'Entries of the log that concern the caller. Parameters that are not listed are refused (strict handling). A patient is named by POST _search only.',
    interaction: [{ code: 'read' }, { code: 'search-type' }],
    searchParam: SEARCH_PARAMETERS.map(([name, type, documentation]) => ({ name, type, documentation }))
  }
  sendJson(
    asked.res,
    200,
    {
      resourceType: 'CapabilityStatement',
      status: 'active',
      date: new Date(asked.deps.now()).toISOString().slice(0, 10),
      kind: 'instance',
      instantiates: ['http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data'],
      software: { name: 'Sallyport', version },
      implementation: { description: 'Sallyport privacy gateway', url: `${publicUrl}/fhir` },
      fhirVersion: '4.0.1',
      format: ['application/fhir+json'],
      rest: [{ mode: 'server', security: security(publicUrl), resource: [log, group], operation: [{ name: 'export', definition: EXPORT }] }]
    },
    FHIR_JSON
  )
}

export async function answerKeys(asked: Asked): Promise<void> {
  sendJson(asked.res, 200, asked.deps.publicKeys())
}

/** The event loop turns: no more is promised. */
export async function answerLive(asked: Asked): Promise<void> {
  sendJson(asked.res, 200, { status: 'alive' })
}

/** 200 when work can be done, else 503 with the names of what is missing. */
function readinessOf({ ok, checks, keyDays }: Readiness): Readonly<Record<string, unknown>> {
  return { status: ok ? 'ready' : 'not-ready', checks, ...(keyDays === undefined ? {} : { keyDays }) }
}

export async function answerReady(asked: Asked): Promise<void> {
  const readiness = await asked.deps.ready().catch((error: unknown) => {
    throw new UpstreamError('database-unavailable', 5, error)
  })
  if (!readiness.ok) asked.res.setHeader('Retry-After', 5)
  sendJson(asked.res, readiness.ok ? 200 : 503, readinessOf(readiness))
}
