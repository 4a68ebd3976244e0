/** Texts that nobody labelled: what a scrubber takes from them is told, word by word, and no recall. */
import type { Corpus } from './corpus.ts'
import { readCsv, readText } from './data.ts'

/** MTS-Dialog: sections of clinicians' notes and the talk they come from. Names and dates that do stand in them count as touched too. */
export function mtsDialog(): Corpus {
  const rows = readCsv('deid-text/mts-dialog/MTS-Dialog-TrainingSet.csv.gz')
  return {
    name: 'mts-dialog',
    says: 'sections of notes and dialogues, no labels',
    samples: rows?.flatMap(([, , section = '', dialogue = '']) => [section, dialogue]).map(unlabelled) ?? null
  }
}

export function openmedNotes(): Corpus {
  const texts = ['clinical_note', 'long_clinical_note']
    .map((name) => readText(`deid-text/openmed/${name}.txt`))
    .filter((text) => text !== null)
  return {
    name: 'openmed-notes',
    says: 'two long notes, no labels',
    wasRead: true,
    samples: texts.length === 0 ? null : texts.map(unlabelled)
  }
}

function unlabelled(text: string): { text: string; gold: null; known: null } {
  return { text, gold: null, known: null }
}
