/** Writes gateway/http/README.md and the list of codes in schemas/http/openapi.json from the tables of routes, codes and statuses. Run it when one of them changed. */
import { readFileSync, writeFileSync } from 'node:fs'
import { CODES, type Code } from '../gateway/core/errors.ts'
import { ANSWERS } from '../gateway/http/outcomes.ts'
import { ROUTES } from '../gateway/http/routes.ts'

const PAGE = new URL('../gateway/http/README.md', import.meta.url)
const DOCUMENT = new URL('../schemas/http/openapi.json', import.meta.url)

const codes = Object.keys(CODES) as Code[] // keys of CODES are codes
const routes = ROUTES.map((row) => `| ${row.access} | ${row.method} | \`${row.path}\` |`)
const rows = codes.map((code) => `| \`${code}\` | ${ANSWERS[code][0]} | ${CODES[code]} |`)

const page = `# The gateway over HTTP

Shapes stand in \`schemas/http/openapi.json\`; the table of routes is \`routes.ts\`, the map from code to status \`outcomes.ts\`. This page is
written by \`node scripts/http-page.ts\`, and a test compares all of them.

Every error is a FHIR OperationOutcome whose \`details.coding\` holds a stable code; \`/oauth/token\` answers as RFC 6749 says. No answer
repeats what a caller sent. Every answer but the log's tiles is \`no-store\`, and each names itself in \`X-Request-Id\`.

## Routes

| who | method | path |
|---|---|---|
${routes.join('\n')}

Hospitals hold \`sallyport/submit\` (also \`system/*.cu\`, \`system/*.write\`), insurers \`system/*.rs\` or \`system/*.read\`, for all types or some
(\`system/Patient.rs\`), officers \`sallyport/accountings\`. All may ask for \`sallyport/agreements\`: hospitals and insurers to read, approve, suspend and dispute what is their own, officers to do to any
agreement what their file says that they may, each by a word of their own. Golden cases, rosters, replays of disputes and forgetting a patient stay at the
desk: they read its folders, or take more than a request may. All may ask for \`system/AuditEvent.rs\`: what the log says of a party, to officers all of it. What a client asks beyond its role is cut away.

A sealed agreement shows its shards, manifests and data dictionaries in the export manifest's \`extension.sallyport\`, and an empty
\`output\`: a stock bulk client cannot open them and says so, \`sallyport receive\` can. A transport-only agreement shows NDJSON files in
\`output\`.

## Codes

A status of 500 means that a code never leaves under its own name: the caller sees \`internal\`. Codes of records stand in
\`GET /submissions/{id}/issues\`, reasons in the counts.

| code | status | meaning |
|---|---|---|
${rows.join('\n')}
`

interface Listed {
  readonly components: { readonly schemas: { readonly Code: { enum: readonly string[] } } }
}

const document = JSON.parse(readFileSync(DOCUMENT, 'utf8')) as Listed // our own file: its shape is tested
document.components.schemas.Code.enum = codes
writeFileSync(PAGE, page)
writeFileSync(DOCUMENT, `${JSON.stringify(document, null, 2)}\n`)
console.log(`${routes.length} routes, ${codes.length} codes`)
