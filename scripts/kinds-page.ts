/** Writes gateway/core/log/README.md from the table of kinds, and from where the sources make each. Run it when a kind is new, or made elsewhere. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { AUDIT } from '../gateway/core/audit/balp.ts'
import { type EntryKind, KINDS, openKind } from '../gateway/core/log/kinds.ts'

const GATEWAY = fileURLToPath(new URL('../gateway/', import.meta.url))
const PAGE = new URL('../gateway/core/log/README.md', import.meta.url)
/** Rooms that make entries. */
const ROOMS = ['exchange', 'http', 'cli']

function sources(): ReadonlyMap<string, string> {
  const files = ROOMS.flatMap((room) =>
    readdirSync(`${GATEWAY}${room}`, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${room}/${name}`)
      .filter((file) => !TABLES_OF_CODES.has(file))
  )
  return new Map(files.sort().map((file) => [file, readFileSync(`${GATEWAY}${file}`, 'utf8').replace(LOOKED_UP, '')]))
}

/** Tables of error codes, some of which have the name of a kind. */
const TABLES_OF_CODES: ReadonlySet<string> = new Set(['http/outcomes.ts', 'cli/failures.ts'])

/** Where entries are looked up, not made. */
const LOOKED_UP = /proven(?:Told|Among)\([\w.()]+, '[a-z-]+'/g

/** The files that name a kind: where its entries are made. */
export function madeIn(): ReadonlyMap<EntryKind, readonly string[]> {
  const texts = sources()
  const kinds = Object.keys(KINDS) as EntryKind[] // keys of KINDS are kinds
  return new Map(kinds.map((kind) => [kind, [...texts].filter(([, text]) => text.includes(`'${kind}'`)).map(([file]) => file)]))
}

/** By what an event of the kind is searched for, beside _tag. */
function codesOf(kind: EntryKind): string {
  const { type, subtype, action, outcome } = AUDIT[kind]
  return [type.code, subtype.map(({ code }) => code).join(', ') || '–', action, outcome].join(' / ')
}

export function kindsPage(): string {
  const rows = [...madeIn()].map(
    ([kind, files]) =>
      `| \`${kind}\` | ${KINDS[kind].says} | ${KINDS[kind].readers.join(', ') || 'none'}: ${KINDS[kind].why} | ${openKind(kind) === kind ? '' : '•'} | ${codesOf(kind)} | ${files.map((file) => `\`${file}\``).join(', ')} |`
  )
  return `# What the log says

Each decision and effect of the gateway is an entry: its kind, its moment, and a statement that names parties, policies (by hash), counts and reasons, and
never a person. This page is written by \`node scripts/kinds-page.ts\`, and a test compares it with the sources.

- **An effect and its entry commit together** (\`append\` on the client of the transaction): no entry, no effect. What can be tried again makes the same entry, by its key or because the row that it changed makes it once.
- **A denial, a token, a delivery, a read is told before it is answered** (\`append\` on the pool): where the entry cannot be kept the answer is 503, and an officer is shown nothing.
- **Refusals are counted, so that no flood of them fills the log** (\`exchange/audit/refusals.ts\`). Of a party, proved by its token or assertion: an entry at once; the same again within the minute is one more entry with how often. Of whoever proves nothing: one entry an address and minute with counts by reason, 60 of these a minute and gateway, the rest as one sum; a claimed party is named with \`proved: false\`. kill -9 loses at most ten seconds of how often, never that.
- **Addresses are HMACs**, keys are thumbprints, officers are the name they give (\`--officer\`) and the account of the operating system; who signs in is the name and id of the policy file, and of a token or refusal the id stands as \`party\`: no officer's id is a party's.
- **A gateway that ends without a word** is told of by another, or by the next to start, once it was not seen for a minute.
- **Who may read it** stands in the table: those parties that the statement names under these members (\`party\`, \`source\`, \`recipient\`), and nobody else. Auditors and officers read all.
- **What anyone may see is the leaf**: a moment, a kind and a commitment. What officers do, and what tells by its moment that a patient said no or that a dataset did not leave (•), stands there as \`officer-act\`, whatever it is: that an accounting was suspended or a legal hold placed would be a tip-off. The kind itself is in the statement, and in the database to search by; fsck holds one against the other. Leaves older than that say the kind.
- **What expires** (\`core/log/expiry.ts\`) is only what entries say, after the years of the policy (seven at least; the database refuses less than six). The entry of a deletion counts it, names its places and hashes the keys of what went, so that fsck can tell it from what was taken away; what proves a deletion or a hold never expires. Holds go by their entries, whatever their rows are. Age goes by the youngest moment up to an entry: a back-dated one is no older.

What \`log fsck\` proves: every row of \`log_entry\`, \`log_body\`, \`log_node\`, \`log_head\`, \`checkpoint\`, \`legal_hold\`, \`incident\` (its dataset and moment) and \`suspension\`; every row of the subjects of datasets whose statement has not expired, with the key it is sealed under, whose party's it is, and the other names that lead to it, in both directions; that the text of each agreement, profile and party that entries name is in \`policy\` and hashes to its name; the kept checkpoint, and the guards of these tables (\`store/guards.ts\`). What nothing proves, and why:

| table | why |
|---|---|
| \`outbox\` | What waits was not signed: between an effect's commit and its place, a moment, whoever owns the database can take it out. Grants, and the check that an entry was added, are all there is. |
| \`refusal\` | Counts of the minute that is not over; \`times\` is proved from its entry on. |
| \`event_feed\` | How far a SIEM has confirmed is the SIEM's to say: only that it is not beyond the log is looked at. |
| \`opt_out\`, \`crosswalk\`, \`released_subject\`, \`aggregate_told\` | They name patients by HMACs, which the log never does: it tells of how many, not of whom. |
| \`loaded\`, \`gateway_run\`, \`spent_jti\` | Working memory: what follows from them is an entry. A row that is gone makes one more entry (a policy "added" again, a stop not told), or lets an assertion be used twice until it expires, each use an entry. |
| \`disclosure\`, \`submission\`, \`upload\`, \`work\`, files | The state of work; what came of it is proved by statement and manifest. |
| \`subject_key\` and \`subject_alias\` without rows | No entry tells of them, and without rows they lead to nothing. |
| rows of \`policy\` that no entry names | Only that each hashes to its name; nothing stands on them. |
| older rows of \`checkpoint\` | Any newer one proves what they did; the newest must have its row. |

The kind of an entry is what \`_tag\` searches for in AuditEvents (\`_tag=dataset-released\`); the codes are those of \`type\`, \`subtype\`, \`action\` and \`outcome\` (12 where an act of the gateway's own tells of a fault).

| kind (\`_tag\`) | says | may be read by | • | type / subtype / action / outcome | made in |
|---|---|---|---|---|---|
${rows.join('\n')}
`
}

if (import.meta.main) {
  writeFileSync(PAGE, kindsPage())
  console.log(`${Object.keys(KINDS).length} kinds`)
}
