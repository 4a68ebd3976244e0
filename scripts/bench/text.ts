/**
 * `npm run bench:text [-- --out FOLDER] [--only CORPUS]`: how much of what identifies is taken from texts, and how much that does not; per corpus and
 * label, on the texts the rules were tuned on and on those set aside. Of the first it writes every miss and needless change to FOLDER
 * (~/.sallyport/bench-text, for its owner only), of the others nothing, so that nobody reads them; tells speed against a floor of the same run. Fails where `profile explain` prints other numbers.
 */
import { homedir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { loadWords } from '../../gateway/config/words.ts'
import { placeholders } from '../../gateway/core/scrub/cover/cover.ts'
import { createScrubber, type Scrubber } from '../../gateway/core/scrub/scrubber.ts'
import { type Corpus, type Part, partOf, type Sample } from './text/corpus.ts'
import { asqPhi, obi, openmed, presidio } from './text/labelled.ts'
import { leagueLines, measuredLine } from './text/league.ts'
import { writeListing } from './text/listing.ts'
import { type Scored, score } from './text/score.ts'
import { attachmentLines, speedLines } from './text/speed.ts'
import { synthea } from './text/synthea.ts'
import { recallTable, totalsLines } from './text/table.ts'
import { mtsDialog, openmedNotes } from './text/unlabelled.ts'

const PARTS: readonly Part[] = ['dev', 'set aside']
const RELEASE_YEAR = 2026
const CORPORA: readonly (() => Corpus)[] = [asqPhi, presidio, openmed, obi, synthea, openmedNotes, mtsDialog]
/** of real notes' length and words */
const TIMED = new Set(['synthea', 'mts-dialog'])

function tell(corpus: Corpus, part: Part, samples: readonly Sample[], scrubber: Scrubber, folder: string): void {
  const scored = samples.map((sample) => score(sample, scrubber.scrub(sample.text, sample.known, placeholders)))
  const labelled = samples.some(({ gold }) => gold !== null)
  const lines = [
    `\n── ${corpus.name}, ${part}: ${samples.length} texts (${corpus.says})`,
    ...(labelled ? recallTable(scored) : []),
    ...totalsLines(scored)
  ]
  if (part === 'set aside') lines.push(...asideLines(corpus, scored))
  else lines.push(`each in ${writeListing(folder, corpus.name, scored)}`)
  console.log(lines.join('\n'))
}

/** The league of ASQ-PHI, and whether `profile explain` prints what was measured. */
function asideLines({ name }: Corpus, scored: readonly Scored[]): string[] {
  const measured = measuredLine(name, scored)
  if (measured?.agrees === false) process.exitCode = 1
  const league = name === 'asq-phi' ? ['', 'the league (others on the whole corpus, as published)', ...leagueLines(scored), ''] : []
  return [...league, ...(measured === null ? [] : [measured.says])]
}

const { values } = parseArgs({ options: { out: { type: 'string' }, only: { type: 'string', multiple: true } } })
const folder = values.out ?? join(homedir(), '.sallyport', 'bench-text')
const corpora = CORPORA.map((load) => load()).filter(({ name }) => values.only === undefined || values.only.includes(name))
const scrubber = createScrubber(loadWords(), { keep: new Set(), year: RELEASE_YEAR })
for (const corpus of corpora) {
  for (const part of corpus.samples === null ? [] : PARTS) {
    if (part === 'set aside' && corpus.wasRead) {
      console.log(`\n── ${corpus.name}: no part is set aside, for some of it was read before it was parted`)
      continue
    }
    const samples = corpus.samples?.filter(({ text }) => partOf(corpus, text) === part) ?? []
    tell(corpus, part, samples, scrubber, folder)
  }
  if (corpus.samples === null) console.log(`\n── ${corpus.name}\nskipped: no ../shared/data`)
}
const timed = corpora.filter(({ name }) => TIMED.has(name)).flatMap(({ samples }) => samples ?? [])
if (timed.length > 0)
  console.log(
    [
      '\n── speed, one thread: notes and dialogues',
      ...speedLines(timed, scrubber, placeholders),
      ...attachmentLines(timed, scrubber, placeholders)
    ].join('\n')
  )
