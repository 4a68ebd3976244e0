/**
 * The report as one HTML page that opens without a network: no script, no file beside it, nothing fetched (its own policy forbids it). Holds names of columns,
 * sizes and counts, no value of any row.
 */

import { formulasOf } from './formulas.ts'
import { barPlot, escaped, linePlot, rowPlot } from './plots.ts'
import type { Report } from './report.ts'
import { answerLine, count, decimal, demandOf, missingReach, percent, plural } from './text.ts'

const STYLE = `
:root { color-scheme: light dark; --good: #2f6f9f; --bad: #c2551b; --faint: #8888; }
@media (prefers-color-scheme: dark) { :root { --good: #6db1e0; --bad: #f0965f; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
svg { width: 100%; height: auto; } svg text { font-size: 12px; fill: currentColor; }
.good { fill: var(--good); } .bad { fill: var(--bad); } .axis { stroke: var(--faint); } .line { stroke: var(--good); stroke-width: 2; fill: none; } .dot { fill: var(--good); }
p.bad { color: var(--bad); font-weight: 600; } i { display: inline-block; width: .8em; height: .8em; margin-right: .3em; } i.good { background: var(--good); } i.bad { background: var(--bad); }
table { border-collapse: collapse; width: 100%; font-size: .9rem; } th, td { text-align: right; padding: .25rem .5rem; border-bottom: 1px solid var(--faint); }
th:first-child, td:first-child { text-align: left; } figure { margin: 1rem 0; } figcaption, .note { font-size: .9rem; opacity: .8; }
`

/** Upper ends of the bars of group sizes. */
const BUCKETS = [1, 2, 4, 10, 20, 50, 100, 1000, Number.POSITIVE_INFINITY] as const

export function pageOf(report: Report): string {
  const body = [
    headPart(report),
    sizesPart(report),
    riskPart(report),
    quasiPart(report),
    sensitivePart(report),
    searchPart(report),
    formulaPart(report)
  ]
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Risk of re-identification</title><style>${STYLE}</style></head>
<body>${body.join('\n')}</body></html>
`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[], tag: 'th' | 'td'): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`
  return `<table>${line(head, 'th')}${rows.map((row) => line(row, 'td')).join('')}</table>`
}

function paragraph(text: string, tone: 'plain' | 'bad' | 'note' = 'plain'): string {
  return `<p${tone === 'plain' ? '' : ` class="${tone}"`}>${escaped(text)}</p>`
}

function figure(caption: string, drawing: string): string {
  return `<figure>${drawing}<figcaption>${caption}</figcaption></figure>`
}

function headPart(report: Report): string {
  const { data, groups, asked } = report
  const [reach = 'Missing is a value of its own.'] = missingReach(report)
  const sentences = [
    `${plural(data.rows, 'row')} in ${plural(data.files, 'file')}; ${plural(groups.groups, 'group')} of look-alikes, the smallest of ${count(groups.k)}, on average ${decimal(groups.average)}.`,
    ...(data.suppressed === 0 ? [] : [`${plural(data.suppressed, 'row')} came suppressed and are in no group.`]),
    reach
  ]
  const rejected =
    data.rejected === 0
      ? ''
      : paragraph(`${plural(data.rejected, 'row')} could not be read: what is told here is not of all the data.`, 'bad')
  const told = asked.map((answer) => paragraph(answerLine(answer, report), answer.holds ? 'plain' : 'bad'))
  return `<h1>Risk of re-identification</h1>${paragraph(sentences.join(' '))}${rejected}${told.join('')}`
}

function sizesPart({ groups, risk }: Report): string {
  const bars = BUCKETS.map((high, index) => {
    const low = (BUCKETS[index - 1] ?? 0) + 1
    const rows = groups.histogram.reduce((sum, { size, rows: each }) => (size >= low && size <= high ? sum + each : sum), 0)
    const share = groups.rows === 0 ? 0 : rows / groups.rows
    const label = high === Number.POSITIVE_INFINITY ? `> ${low - 1}` : low === high ? String(low) : `${low}–${high}`
    return { label, value: share, told: percent(share), tone: 1 / high > risk.threshold + 1e-12 ? ('bad' as const) : ('good' as const) }
  })
  const caption = `Share of the rows by the size of their group. <i class="bad"></i>every group of the bar is riskier than ${escaped(percent(risk.threshold))}.`
  return `<h2>Group sizes</h2>${figure(caption, barPlot('Share of rows by size of group', bars))}`
}

function riskPart({ risk, groups }: Report): string {
  const { prosecutor, journalist, population, marketer, threshold } = risk
  const row = (name: string, { max, average, atRisk }: typeof prosecutor): string[] => [
    name,
    percent(max),
    percent(average),
    percent(atRisk)
  ]
  const rows = [
    row('Prosecutor: the person is known to be in the data', prosecutor),
    ...(journalist === null || population === null ? [] : [row(`Journalist: the person is one of ${count(population.size)}`, journalist)]),
    ['Marketer: share of rows matched right', '', percent(marketer), '']
  ]
  const alone = `Alone in their group: ${plural(groups.uniques, 'row')} (${percent(groups.rows === 0 ? 0 : groups.uniques / groups.rows)}).`
  const estimate =
    population === null
      ? 'The population was not told, so uniqueness in it is not estimated.'
      : `Alone in the population, estimated (${population.model}): ${count(population.uniques)} people (${percent(population.share)}).`
  return `<h2>Risk</h2>${table(['', 'highest', 'average', `rows above ${percent(threshold)}`], rows)}${paragraph(`${alone} ${estimate}`)}`
}

function quasiPart({ quasiIdentifiers, risk }: Report): string {
  const all = risk.prosecutor.average
  const rows = quasiIdentifiers.map(({ name, alone, without }) => {
    const added = Math.max(0, all - without)
    return {
      label: name,
      values: [
        { share: alone, told: percent(alone), tone: 'good' as const },
        { share: added, told: percent(added), tone: 'bad' as const }
      ]
    }
  })
  const caption = `<i class="good"></i>average risk if this alone were known; <i class="bad"></i>what it adds to the others (${escaped(percent(all))} with all).`
  const cells = quasiIdentifiers.map(({ name, values, missing, without, uniqueWithout, levels }) => [
    name,
    count(values),
    percent(missing),
    percent(without),
    percent(uniqueWithout),
    levels.map(({ label, classes }) => `${label} (${count(classes)})`).join(', ')
  ])
  return `<h2>Risk by quasi-identifier</h2>${figure(caption, rowPlot('Average risk by quasi-identifier', rows))}${table(
    ['', 'values', 'missing', 'risk without it', 'alone without it', 'levels (classes)'],
    cells
  )}`
}

function sensitivePart({ sensitive }: Report): string {
  if (sensitive.length === 0) return ''
  const rows = sensitive.map(({ name, distinct, entropy, t, distance }) => [name, count(distinct), decimal(entropy), decimal(t), distance])
  return `<h2>Sensitive columns, worst group</h2>${table(['', 'distinct l', 'entropy l', 't', 'distance'], rows)}`
}

function searchPart({ search }: Report): string {
  if (search === null) return ''
  if (search.checked === null) return `<h2>Loss against k</h2>${paragraph(`${count(search.nodes)} nodes are too many to search.`)}`
  const dots = search.curve.map(({ k, cost }) => ({ label: `k = ${k}`, value: cost, told: cost === null ? 'none' : decimal(cost) }))
  const caption = escaped(
    `What the cheapest generalisation costs by ${search.metric}, at most ${percent(search.limit)} of the rows suppressed.`
  )
  const curve = `<h2>Loss against k</h2>${figure(caption, linePlot('Loss against k', dots))}${table(
    ['k', 'cost', 'suppressed'],
    search.curve.map(({ k, cost, suppressedShare }) => [
      String(k),
      cost === null ? 'nothing holds' : decimal(cost),
      percent(suppressedShare)
    ])
  )}`
  return curve + bestPart(search)
}

function formulaPart(report: Report): string {
  const rows = formulasOf(report).map(({ of, text }) => `<dt>${escaped(of)}</dt><dd>${escaped(text)}</dd>`)
  return `<h2>How it is counted</h2><dl>${rows.join('')}</dl>`
}

function bestPart(search: NonNullable<Report['search']>): string {
  const { best } = search
  const head = `<h2>Cheapest generalisation: ${escaped(demandOf(search))}</h2>`
  if (best === null) return head + paragraph('Nothing holds, not even with all generalised.', 'bad')
  const rows = best.levels.map(({ name, level, of, label }) => [name, `${level} of ${of}`, label])
  const told = `Costs ${decimal(best.cost)}; ${plural(best.suppressed, 'row')} suppressed (${percent(best.suppressedShare)}). Then ${plural(best.groups.groups, 'group')}, the smallest of ${count(best.groups.k)}, average risk ${percent(best.averageRisk)}.`
  return head + table(['', 'level', 'what is left'], rows) + paragraph(told)
}
