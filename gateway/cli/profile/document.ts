/** An explanation as a text of 110 columns and as one HTML file without anything from elsewhere, to print and sign. Decides nothing. */
import type { Section } from '../../core/deidentify/explain/explain-detail.ts'

export interface Document {
  readonly title: string
  readonly hash: string
  readonly sections: readonly Section[]
  readonly table: {
    readonly heading: string
    readonly rows: readonly { readonly name: string; readonly stands: string; readonly done: string }[]
  } | null
  readonly detail: readonly Section[]
}

const COLUMNS = 110
const SIGNED = 'Signed (name, office, date)'

export function textOf({ title, hash, sections, table, detail }: Document): string {
  const rows =
    table === null
      ? []
      : table.rows.map(
          ({ name, stands, done }) => `${wrapped(name, 2)}${wrapped(`can stand in: ${stands}`, 6)}${wrapped(`here: ${done}`, 6)}`
        )
  const parts = [
    `${title}\n${hash}\n`,
    ...sections.map(sectionOf),
    ...(table === null ? [] : [`${table.heading}\n${rows.join('')}`]),
    ...detail.map(sectionOf),
    `${SIGNED}: ____________________________________________\n`
  ]
  return parts.join('\n')
}

function sectionOf({ heading, sentences }: Section): string {
  return `${heading}\n${sentences.map((sentence) => wrapped(sentence, 2)).join('')}`
}

/** Lines of words, the first by `indent`, the others two more. */
function wrapped(text: string, indent: number): string {
  const lines: string[] = []
  let line = ' '.repeat(indent)
  for (const word of text.split(' ')) {
    if (line.trim() !== '' && line.length + 1 + word.length > COLUMNS) {
      lines.push(line)
      line = ' '.repeat(indent + 2)
    }
    line += line.trim() === '' ? word : ` ${word}`
  }
  return `${[...lines, line].join('\n')}\n`
}

const STYLE =
  'body{font:11pt/1.4 Georgia,serif;max-width:46em;margin:2em auto;padding:0 1em}h1{font-size:1.4em}h2{font-size:1em;margin:1em 0 .2em}p{margin:.2em 0}code{font-size:.8em}table{border-collapse:collapse;font-size:.8em}td,th{border:1px solid #999;padding:.3em;text-align:left;vertical-align:top}tr{break-inside:avoid}@media print{body{margin:0;max-width:none}}'

export function htmlOf({ title, hash, sections, table, detail }: Document): string {
  const rows = (table?.rows ?? []).map(
    ({ name, stands, done }) => `<tr>${[name, stands, done].map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`
  )
  const head = '<tr><th>Identifier</th><th>Can stand in</th><th>What is done there</th></tr>'
  return [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title><style>${STYLE}</style></head><body>`,
    `<h1>${escaped(title)}</h1><p><code>${escaped(hash)}</code></p>`,
    ...sections.map(htmlSection),
    ...(table === null ? [] : [`<h2>${escaped(table.heading)}</h2><table>${head}${rows.join('')}</table>`]),
    ...detail.map(htmlSection),
    `<p style="margin-top:3em">${SIGNED}: ____________________________________________</p></body></html>\n`
  ].join('\n')
}

function htmlSection({ heading, sentences }: Section): string {
  return `<h2>${escaped(heading)}</h2>${sentences.map((sentence) => `<p>${escaped(sentence)}</p>`).join('')}`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
