/** The corpora that people, or the program that made the texts, labelled: ASQ-PHI, presidio-research, openmed, and obi, whose labels a model made. */
import { type Corpus, type Gold, placesOf, type Sample } from './corpus.ts'
import { readJson, readLines, readText } from './data.ts'

const FOLDER = 'deid-text/'

interface AsqRow {
  readonly text: string
  readonly phi: readonly { readonly identifier_type: string; readonly value: string }[]
}

/** Clinical questions as typed into a search box; the labels are values without their places. */
export function asqPhi(): Corpus {
  const rows = readLines<AsqRow>(`${FOLDER}asq-phi-dev.ndjson`)
  return {
    name: 'asq-phi',
    says: 'clinical questions, gold values',
    samples:
      rows?.map(({ text, phi }) => ({
        text,
        gold: phi.map(({ identifier_type: label, value }) => ({ label, value, spans: placesOf(text, value) })),
        known: null
      })) ?? null
  }
}

interface PresidioRow {
  readonly full_text: string
  readonly spans: readonly {
    readonly entity_type: string
    readonly entity_value: string
    readonly start_position: number
    readonly end_position: number
  }[]
}

/** Sentences from templates, not clinical, of many countries. */
export function presidio(): Corpus {
  const rows = readJson<PresidioRow[]>(`${FOLDER}presidio/synth_dataset_v2.json.gz`)
  const samples = rows?.map(({ full_text: text, spans }) => ({
    text,
    gold: spans.map((span) => goldAt(span.entity_type, text, span.start_position, span.end_position)),
    known: null
  }))
  return { name: 'presidio', says: 'sentences from templates, not clinical, gold spans', samples: samples ?? null }
}

interface OpenmedSuite {
  readonly fixtures: readonly { readonly text: string; readonly gold_spans: readonly OpenmedSpan[] }[]
}

interface OpenmedSpan {
  readonly label: string
  readonly start: number
  readonly end: number
}

/** Texts that look as if they held identifiers and hold none, and some that do. */
export function openmed(): Corpus {
  const suites = ['hard_negatives', 'chunk_boundary', 'date_arithmetic'].map((name) =>
    readJson<OpenmedSuite>(`${FOLDER}openmed/${name}.json`)
  )
  const note = readText(`${FOLDER}openmed/synthetic_clinical_note.txt`)
  const spans = readJson<{ readonly spans: readonly OpenmedSpan[] }>(`${FOLDER}openmed/expected_spans.json`)?.spans
  const noteRow = note === null || spans === undefined ? [] : [{ text: note, gold_spans: spans }]
  const samples = [...suites.flatMap((suite) => suite?.fixtures ?? []), ...noteRow].map(({ text, gold_spans }) => ({
    text,
    gold: gold_spans.map(({ label, start, end }) => goldAt(label, text, start, end)),
    known: null
  }))
  return {
    name: 'openmed',
    says: 'hard negatives and short notes, gold spans',
    wasRead: true,
    samples: samples.length === 0 ? null : samples
  }
}

interface ObiRow {
  readonly text: string
  readonly deid_text: string
}

/** Invented discharge summaries; a model set the tags, so that a miss may be the model's. */
export function obi(): Corpus {
  const rows = readLines<ObiRow>(`${FOLDER}obi/deid-silver.jsonl`)
  return { name: 'obi', says: 'discharge notes, SILVER: the labels are those of a model', samples: rows?.map(silver) ?? null }
}

function silver({ text, deid_text: tagged }: ObiRow): Sample {
  const gold: Gold[] = []
  let shift = 0
  for (const { 0: whole, 1: label = '', 2: value = '', index } of tagged.matchAll(/<<([A-Z]+):(.*?)>>/gs)) {
    const start = index - shift
    gold.push(goldAt(label, text, start, start + value.length))
    shift += whole.length - value.length
  }
  return { text, gold, known: null }
}

function goldAt(label: string, text: string, start: number, end: number): Gold {
  return { label, value: text.slice(start, end), spans: [[start, end]] }
}
