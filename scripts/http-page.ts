/** Writes gateway/http/README.md and the list of codes in schemas/http/openapi.json from the tables of routes, codes and statuses. Run it when one of them changed. */
import { readFileSync, writeFileSync } from 'node:fs'
import { CODES, type Code } from '../gateway/core/errors.ts'
import { OFFICER_ROLES, powerOf, type Who } from '../gateway/core/identity/powers.ts'
import { ANSWERS } from '../gateway/http/outcomes.ts'
import { ROUTES } from '../gateway/http/routes.ts'

const PAGE = new URL('../gateway/http/README.md', import.meta.url)
const DOCUMENT = new URL('../schemas/http/openapi.json', import.meta.url)

const codes = Object.keys(CODES) as Code[] // keys of CODES are codes
const WHO: readonly Who[] = ['hospital', 'insurer', ...OFFICER_ROLES]
const open = ROUTES.filter((row) => row.power === null).map((row) => `| public | ${row.method} | \`${row.path}\` |`)
const routes = ROUTES.flatMap((row) => {
  if (row.power === null) return []
  const { who, scope, shows } = powerOf(row.power)
  const conditions = WHO.map((one) => who.get(one) ?? '')
  return [`| ${row.method} | \`${row.path}\` | ${conditions.join(' | ')} | ${scope} | ${shows} | ${row.means} |`]
})
const rows = codes.map((code) => `| \`${code}\` | ${ANSWERS[code][0]} | ${CODES[code]} |`)

const page = `# The gateway over HTTP

Shapes stand in \`schemas/http/openapi.json\`; the table of routes is \`routes.ts\`, the map from code to status \`outcomes.ts\`. This page is
written by \`node scripts/http-page.ts\`, and a test compares all of them.

Every error is a FHIR OperationOutcome whose \`details.coding\` holds a stable code; \`/oauth/token\` answers as RFC 6749 says. No answer
repeats what a caller sent. Every answer but the log's tiles is \`no-store\`, and each names itself in \`X-Request-Id\`.

## Routes

Open to anyone:

| who | method | path |
|---|---|---|
${open.join('\n')}

All others. A cell says on what condition that role may: \`own\` what is of the caller's party, \`side\` agreements of which the party is a side and what is under
them, \`self\` what is the officer's alone, \`all\` everybody's; an empty one refuses. The scope is what a token must carry; what is shown must be among what the officer's
file says that he or she \`sees\`; a party always comes with a token. An object of others answers 404, as one that does not exist. The table is
\`core/identity/powers.ts\`, asked again at each request: what an officer lost by suspension, or by the end of what was granted for a while, is gone from tokens and
sessions that were given before; what a file no longer says, once the gateway was restarted, for files are read at start.

| method | path | ${WHO.join(' | ')} | scope | shows | by |
|---|---|${WHO.map(() => '---|').join('')}---|---|---|
${routes.join('\n')}

Scopes: submit is \`sallyport/submit\`, \`system/*.cu\` or \`system/*.write\`; export \`system/*.rs\` or \`system/*.read\`, for all types or some (\`system/Patient.rs\`); audit
\`system/AuditEvent.rs\`; the others \`sallyport/<scope>\`. What a client asks beyond its role is cut away. Who sees metadata alone reads AuditEvents without what is told in them.
What is done to an agreement is done by a signed word of whoever does it. Golden cases, rosters, replays of disputes and forgetting a patient stay at the
desk: they read its folders, or take more than a request may.

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
console.log(`${ROUTES.length} routes, ${codes.length} codes`)
